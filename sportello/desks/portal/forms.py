"""What a person changes of his own access; each form asks for his present password."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.desks.forms import Email, NewPassword, PasswordAgain, QuestionForm, Username


class UsernameForm(PasswordAgain):
    username = Username(label=_("New user name"), max_length=100)
    field_order = ("username", "present_password")


class PasswordForm(PasswordAgain):
    password = NewPassword()
    field_order = ("present_password", "password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned and cleaned["password"] == cleaned.get("present_password"):
            self.add_error("password", _("This is the password that you have already."))
        return cleaned


class EmailForm(PasswordAgain):
    email = Email(label=_("New e-mail address"), max_length=320)
    field_order = ("email", "present_password")


class NewQuestionForm(PasswordAgain, QuestionForm):
    field_order = ("question", "own_words", "answer", "present_password")


class SavedCodeForm(PasswordAgain):
    """``seed`` is what the new code is made from, so that the form sent twice shows one code."""

    seed = forms.RegexField(r"^[\w-]{22}$", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(("seed", "present_password"))
