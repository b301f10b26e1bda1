"""What people attach to a request: PDF files as they are, pictures made anew."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any, Final
from unicodedata import normalize

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from sportello.domain.files import pdfs, photos
from sportello.domain.files.models import LARGEST
from sportello.domain.files.pdfs import WrongPdf
from sportello.domain.files.photos import WrongPhoto

MAIL: Final = "message/rfc822"
LONGEST_HEAD: Final = 100_000  # bytes in which the headers of a mail stand
MEDIA_TYPES: Final = ("application/pdf", "image/jpeg", "image/png", "image/heic", "image/heif")
LONGEST_NAME: Final = 100
LONGEST_SHOWN: Final = 60
RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)  # to Windows these are no files
NOT_IN_NAMES = frozenset('/\\:*?"<>|')
MOST_TOGETHER: Final = 30_000_000  # bytes of all files of a form
PROBLEMS: Final[dict[str, Any]] = {
    "too_large": _("This file is too large: 10 MB at most."),
    "too_many_pixels": _("This picture has too many pixels. Take it with a lower resolution."),
    "not_an_image": _("Attach PDF files or photos (JPEG, PNG, HEIC)."),
    "not_a_mail": _("This is no e-mail. Save it anew from the mailbox, or print it into a PDF."),
    "broken": _("This file cannot be read. Save it anew, or take a photo of the document."),
    "encrypted": _("This PDF is protected by a password. Save it without, or take a photo of the document."),
    "two_things": _("This PDF is another file at the same time. Print it into a new PDF, or take a photo of it."),
    "active": _("This PDF runs programs or carries other files. Print it into a new PDF, or take a photo of it."),
    "busy": _("Too many photos are being sent at this moment. Send the form again in a minute."),
}


class WrongFile(Exception):
    """The file cannot be attached. ``code`` is one of ``PROBLEMS``, ``name`` what its sender called it, as one line."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code)
        self.code, self.name = code, name


def told(error: WrongFile) -> str:
    """What is wrong, and with which of the files."""
    problem = str(PROBLEMS[error.code])
    return f"{error.name} – {problem}" if error.name else problem


@dataclass(frozen=True, slots=True)
class Attached:
    """A file as it may be kept; ``name`` is its sender's, one clean line with the right ending."""

    name: str
    media_type: str
    content: bytes


def checked(upload: "UploadedFile[bytes]") -> Attached:
    """Looks at the content, never at what its sender says it is. Raises WrongFile."""
    try:
        return _checked(upload)
    except WrongFile as error:
        raise WrongFile(error.code, shown(upload.name)) from error


def checked_of_staff(upload: "UploadedFile[bytes]") -> Attached:
    """As ``checked``, and mails as they were saved: nobody but staff attaches these. Raises WrongFile."""
    name = upload.name or ""
    if not name.lower().endswith(".eml") or (upload.size or 0) > LARGEST:
        return checked(upload)
    content = upload.read(LARGEST)
    if not is_mail(content):
        raise WrongFile("not_a_mail", shown(name))
    return mail(name, content)


def mail(name: str, content: bytes) -> Attached:
    """A mail as it came in; it is only ever handed out to be saved."""
    return Attached(named(name, "eml"), MAIL, content)


def is_mail(content: bytes) -> bool:
    """Whether it begins as a mail does: with lines that name its sender and when it was sent or came in."""
    head = message_from_bytes(content[:LONGEST_HEAD])
    return "From" in head and any(each in head for each in ("Date", "Received", "Message-ID"))


def _checked(upload: "UploadedFile[bytes]") -> Attached:
    if (upload.size or 0) > LARGEST:
        raise WrongFile("too_large")
    content = upload.read(LARGEST + 1)
    upload.seek(0)
    if len(content) > LARGEST:
        raise WrongFile("too_large")
    if content.startswith(b"%PDF-"):
        return Attached(named(upload.name, "pdf"), "application/pdf", checked_pdf(content))
    try:
        photo = photos.checked(upload)
    except WrongPhoto as error:
        raise WrongFile(error.code) from error
    return Attached(named(upload.name, "jpg"), photo.media_type, photo.content)


def checked_pdf(content: bytes) -> bytes:
    """Unchanged. It is only ever handed out to be saved."""
    try:
        pdfs.check(content)
    except WrongPdf as error:
        raise WrongFile(error.code) from error
    return content


def clean(name: str | None) -> str:
    one_line = " ".join(normalize("NFC", name or "").split())
    return "".join(each for each in one_line if each.isprintable() and each not in NOT_IN_NAMES)


def shown(name: str | None) -> str:
    """What its sender called it, to tell it from others."""
    whole = clean(name)
    return whole if len(whole) <= LONGEST_SHOWN else f"{whole[: LONGEST_SHOWN - 1]}…"


def named(name: str | None, ending: str) -> str:
    """What its sender called it, as one clean line that no system takes for more than a name."""
    whole = clean(name)
    most = LONGEST_NAME - len(ending) - 1
    stem = " ".join((whole.rpartition(".")[0] or whole).split()).strip(". -~")[:most].rstrip(". ")
    if not stem or RESERVED.fullmatch(stem.partition(".")[0].strip()):
        stem = f"file {stem}".strip()[:most]
    return f"{stem}.{ending}"
