"""What fits no other kind."""

from django import forms
from django.utils.translation import gettext_lazy as _

from sportello.domain.activities.kinds.base import LONGEST_TEXT, RequestForm, RequestKind
from sportello.domain.activities.models import ActivityKind


class SomethingElseForm(RequestForm):
    about = "supply"
    optional_about = True

    text = forms.CharField(
        label=_("What can we do for you?"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 8})
    )


KIND = RequestKind(
    code=ActivityKind.SOMETHING_ELSE,
    sentence=_("What you need is not in this list? Write it to us in your own words."),
    form=SomethingElseForm,
    term="something_else",
)
