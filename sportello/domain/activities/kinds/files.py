"""The field by which files come along with what is asked."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from sportello.domain.files import attachments

MOST_FILES = 5


class Files(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; ``clean`` gives them checked, as ``Attached``."""

    def __init__(self, **options: Any) -> None:
        accept = ",".join(attachments.MEDIA_TYPES)
        super().__init__(
            required=False,
            allow_empty_file=True,
            max_length=None,
            widget=Files(attrs={"accept": accept}),
            **{"label": _("Attachments"), "help_text": _("PDF or photos, up to five, 10 MB each."), **options},
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploads = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if len(uploads) > MOST_FILES:
            raise ValidationError(_("Attach no more than five files."), code="too_many_files")
        if sum(each.size or 0 for each in uploads) > attachments.MOST_TOGETHER:
            raise ValidationError(_("These files are too large together: 30 MB at most."), code="too_large_together")
        return uploads
