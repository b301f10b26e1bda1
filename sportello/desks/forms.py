"""Forms that several desks show: a web code, a new password, the secret question, the present password again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.desks import limits
from sportello.domain.accounts.answers import QUESTIONS
from sportello.domain.accounts.spelling import WrongName, checked_email, checked_username
from sportello.domain.messages.addresses import WrongAddress
from sportello.domain.people import printed_codes
from sportello.domain.people.models import User

OWN = "own"
LONGEST_PASSWORD = 200  # characters; managers make a hundred at most
LONGEST_ANSWER = 100

TAKEN = _("This user name is taken. Please choose another one.")
WEAK = _("Too easy to guess: at least four characters, and nothing that stands on your bill.")
NOT_RECOGNISED = _(
    "Code and number do not belong together, or the code has been used or has expired. Check both on your latest bill."
)


class NewPassword(forms.CharField):
    """Left as it is typed, blanks too."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("New password"))
        super().__init__(strip=False, max_length=LONGEST_PASSWORD, **options)


class PrintedCode(forms.CharField):
    """A code copied from paper, in whatever way; one with a typing mistake is told as such."""

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        try:
            return printed_codes.read(typed) if typed else ""
        except printed_codes.MistypedCode as error:
            raise ValidationError(_("There is a typing mistake in the code. Compare it with the paper.")) from error


class Username(forms.CharField):
    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        try:
            return checked_username(typed)
        except WrongName as error:
            raise ValidationError(
                _("From 3 to 60 letters without accents, digits, dots, hyphens or underscores, no blanks.")
            ) from error


class Email(forms.CharField):
    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        try:
            return checked_email(typed) if typed else ""
        except WrongAddress as error:
            raise ValidationError(_("This is not an e-mail address, like name@example.it.")) from error


class WebCodeForm(forms.Form):
    """What stands on the bill: the code, and whose it is."""

    code = PrintedCode(label=_("Web code"), max_length=60)
    identifier = forms.CharField(label=_("Customer number or tax code"), max_length=60)


class QuestionForm(forms.Form):
    """A question of the list or one's own, and the answer."""

    question = forms.ChoiceField(label=_("Secret question"))
    own_words = forms.CharField(label=_("Your own question"), max_length=200, required=False)
    answer = forms.CharField(label=_("Your answer"), max_length=LONGEST_ANSWER)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", _("Choose a question")), *QUESTIONS.items(), (OWN, _("A question of my own"))]
        self.fields["question"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """``key`` and ``own_words`` as the domain wants them: one of the two."""
        cleaned = super().clean() or self.cleaned_data
        own = cleaned.get("question") == OWN
        if own and not cleaned.get("own_words") and "own_words" not in self.errors:
            self.add_error("own_words", _("Please write your question."))
        cleaned["key"] = "" if own else cleaned.get("question", "")
        cleaned["own_words"] = cleaned.get("own_words", "") if own else ""
        return cleaned


class PasswordAgain(forms.Form):
    """For whoever sits at a session that somebody else has opened: the present password, with every change."""

    present_password = forms.CharField(label=_("Your present password"), strip=False, max_length=LONGEST_PASSWORD)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        self.user = user
        super().__init__(*args, **options)

    def clean_present_password(self) -> str:
        """Counted, then compared. Raises TooManyTries."""
        limits.PASSWORD_AGAIN_OF_USER.count(str(self.user.pk))
        password: str = self.cleaned_data["present_password"]
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your present password."))
        limits.PASSWORD_AGAIN_OF_USER.forget(str(self.user.pk))
        return password


def add_password_errors(form: forms.Form, error: ValidationError) -> None:
    """What the password lacks, beside its field."""
    form.add_error("password", ValidationError(error.messages))
