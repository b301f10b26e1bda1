"""What visitors fill in: first access, a forgotten password."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.desks.forms import LONGEST_ANSWER, Email, NewPassword, PrintedCode, QuestionForm, Username


class DetailsForm(forms.Form):
    username = Username(label=_("User name"), max_length=100)
    email = Email(label=_("E-mail address (optional)"), max_length=320, required=False)


class SecretsForm(forms.Form):
    """The last page of the first access where no question is asked."""

    password = NewPassword(label=_("Password"))


class SecretsAndQuestionForm(SecretsForm, QuestionForm):
    field_order = ("password", "question", "own_words", "answer")


class LostCodeForm(forms.Form):
    customer = forms.CharField(label=_("Customer number"), max_length=60)
    identifier = forms.CharField(label=_("Tax code or VAT number"), max_length=40)


class ForgottenForm(forms.Form):
    MAIL, POST = "mail", "post"

    identifier = forms.CharField(label=_("User name or e-mail address"), max_length=320)
    by = forms.ChoiceField(
        label=_("How shall we write to you?"),
        choices=[(MAIL, _("By e-mail")), (POST, _("By post, to the address on your bills"))],
        initial=MAIL,
    )


class LetterCodeForm(forms.Form):
    code = PrintedCode(label=_("Code in the letter"), max_length=60)
    username = forms.CharField(label=_("User name"), max_length=150)


class ChoosePasswordForm(forms.Form):
    """``asks`` is "question", "saved code", or "" for a link that is enough by itself."""

    proof = forms.CharField(max_length=LONGEST_ANSWER)
    password = NewPassword()

    def __init__(self, *args: Any, asks: str, **options: Any) -> None:
        super().__init__(*args, **options)
        if asks:
            self.fields["proof"].label = _("Your answer") if asks == "question" else _("Your saved code")
        else:
            del self.fields["proof"]
