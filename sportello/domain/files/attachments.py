"""What people attach to a request: PDF files as they are, pictures made anew."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from sportello.domain.files import photos
from sportello.domain.files.models import LARGEST
from sportello.domain.files.photos import WrongPhoto

MEDIA_TYPES: Final = ("application/pdf", "image/jpeg", "image/png", "image/heic", "image/heif")
LONGEST_NAME: Final = 100
NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff/\\:*?"<>|]')
# What a PDF does by itself when it is opened, and what it may carry along.
ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")
PROBLEMS: Final[dict[str, Any]] = {
    "too_large": _("This file is too large: 10 MB at most."),
    "too_many_pixels": _("This picture has too many pixels. Take it with a lower resolution."),
    "not_an_image": _("Attach PDF files or photos (JPEG, PNG, HEIC)."),
    "broken": _("This file cannot be read. Save it anew, or take a photo of the document."),
    "active": _("This PDF runs programs or carries other files. Print it into a new PDF, or take a photo of it."),
    "busy": _("Too many photos are being sent at this moment. Send the form again in a minute."),
}


class WrongFile(Exception):
    """The file cannot be attached. ``code`` is one of ``PROBLEMS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it may be kept; ``name`` is its sender's, one clean line with the right ending."""

    name: str
    media_type: str
    content: bytes


def checked(upload: "UploadedFile[bytes]") -> Attached:
    """Looks at the content, never at what its sender says it is. Raises WrongFile."""
    if (upload.size or 0) > LARGEST:
        raise WrongFile("too_large")
    content = upload.read()
    upload.seek(0)
    if content.startswith(b"%PDF-"):
        return Attached(named(upload.name, "pdf"), "application/pdf", checked_pdf(content))
    try:
        photo = photos.checked(upload)
    except WrongPhoto as error:
        raise WrongFile(error.code) from error
    return Attached(named(upload.name, "jpg"), photo.media_type, photo.content)


def checked_pdf(content: bytes) -> bytes:
    """Unchanged. It is only ever handed out to be saved."""
    if b"%%EOF" not in content[-2_048:]:
        raise WrongFile("broken")
    if ACTIVE.search(content):
        raise WrongFile("active")
    return content


def named(name: str | None, ending: str) -> str:
    stem = NOT_IN_NAMES.sub("", name or "").rpartition(".")[0] or NOT_IN_NAMES.sub("", name or "")
    stem = " ".join(stem.split()).strip(". ")[: LONGEST_NAME - len(ending) - 1]
    return f"{stem or 'file'}.{ending}"
