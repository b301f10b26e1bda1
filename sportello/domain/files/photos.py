"""Photos that people send: judged by what they are, never by their name, and kept only as an image of our own making."""

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from sportello.domain.files.models import LARGEST
from sportello.domain.files.uploads import LARGEST_UPLOAD

if TYPE_CHECKING:  # a web process that never sees a photo does without the libraries
    from PIL import Image

LONGEST_SENT = 20_000  # pixels of a side: decoders hold something for each row, however narrow
LONGEST_SIDE = 2_560  # pixels: enough to read a dial's digits and its serial number
QUALITY = 85
MEDIA_TYPE = "image/jpeg"
# What is decoded is held as a whole; a JPEG can be decoded smaller, the other two cannot.
MOST_PIXELS = {"jpeg": 50_000_000, "png": 25_000_000, "heic": 50_000_000}
MOST_SCANS = 100  # of a JPEG; a progressive one has about ten, each costs a walk through the whole image
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# A photo that is also a page or a document: nobody's camera makes such a file.
SECOND_NATURE = re.compile(rb"%PDF-|<script|<html|<svg|<!doctype|<iframe|<\?php", re.IGNORECASE)
ENDS = 4_096  # bytes at the beginning and the end, in which programs look for what a file is
# Decoding takes up to a few hundred megabytes: one photo at a time in a process.
_one_at_a_time = Lock()

PATIENCE = 10  # seconds to wait for others' photos

CODES = ("too_large", "too_many_pixels", "not_an_image", "broken", "busy")


class WrongPhoto(Exception):
    """The file cannot be kept as a photo. ``code`` is one of ``CODES``; whoever asked for the photo has the words for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Upload(Protocol):
    """A file that was sent, or anything that is read like one."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Photo:
    """``content`` holds pixels and nothing else that was sent: no place, no camera, no thumbnail, no second file."""

    content: bytes
    media_type: str


def checked(upload: Upload) -> Photo:
    """The photo as it may be kept: upright, ``LONGEST_SIDE`` at most, re-encoded; of several pictures the first.

    JPEG, PNG and HEIC come in. Raises WrongPhoto.
    """
    if (getattr(upload, "size", None) or 0) > LARGEST_UPLOAD:
        raise WrongPhoto("too_large")
    content = upload.read(LARGEST_UPLOAD + 1)
    if len(content) > LARGEST_UPLOAD:
        raise WrongPhoto("too_large")
    kind = kind_of(content)
    if not _one_at_a_time.acquire(timeout=PATIENCE):
        raise WrongPhoto("busy")
    try:
        return Photo(content=encoded(pixels_of(content, kind)), media_type=MEDIA_TYPE)
    finally:
        _one_at_a_time.release()


def kind_of(content: bytes) -> str:
    """Which of the three it is, by its first bytes. Raises WrongPhoto for anything else, and for what is two things."""
    if SECOND_NATURE.search(content[:ENDS]) or SECOND_NATURE.search(content[-ENDS:]):
        raise WrongPhoto("not_an_image")
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        return "heic"
    raise WrongPhoto("not_an_image")


def pixels_of(content: bytes, kind: str) -> "Image.Image":
    """Decoded, upright and small enough. Raises WrongPhoto."""
    openers: dict[str, Callable[[bytes], Image.Image]] = {"jpeg": opened_jpeg, "png": opened_png, "heic": opened_heic}
    try:
        with warnings.catch_warnings(action="ignore"):  # about metadata, which are not kept anyhow
            return scaled(openers[kind](content))
    except (WrongPhoto, MemoryError):
        raise
    except Exception as error:  # decoders end in many ways when they meet what is no image
        raise WrongPhoto("broken") from error


def opened_jpeg(content: bytes) -> "Image.Image":
    # Between its markers a JPEG never holds these two bytes.
    if content.count(b"\xff\xda") > MOST_SCANS:
        raise WrongPhoto("broken")
    image = opened(content, "JPEG")
    check_pixels(image.size, "jpeg")
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    return upright(image)


def opened_png(content: bytes) -> "Image.Image":
    image = opened(content, "PNG")
    check_pixels(image.size, "png")
    return upright(image)


def opened(content: bytes, format: str) -> "Image.Image":
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # ours are fewer, and asked before anything is decoded
    return Image.open(io.BytesIO(content), formats=[format])


def opened_heic(content: bytes) -> "Image.Image":
    """Its decoder turns it upright by itself."""
    import pillow_heif

    file = pillow_heif.open_heif(content)
    check_pixels(file.size, "heic")
    return file.to_pillow()


def check_pixels(size: tuple[int, int], kind: str) -> None:
    if size[0] * size[1] > MOST_PIXELS[kind] or max(size) > LONGEST_SENT:
        raise WrongPhoto("too_many_pixels")


def upright(image: "Image.Image") -> "Image.Image":
    """Turned as the camera was held."""
    from PIL import ImageOps

    image.load()
    return ImageOps.exif_transpose(image)


def scaled(image: "Image.Image") -> "Image.Image":
    """Colours alone, on white where it was transparent, no side longer than ``LONGEST_SIDE``."""
    from PIL import Image

    if image.mode.startswith("I;16"):  # Pillow cuts such shades off instead of scaling them
        image = image.point(lambda shade: shade / 256).convert("L")
    if image.mode in ("P", "1"):  # colours that have no shades between them cannot be scaled
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def encoded(image: "Image.Image") -> bytes:
    """A JPEG of these pixels, made from nothing but them."""
    from PIL import Image

    bare = Image.frombytes("RGB", image.size, image.tobytes())
    sink = io.BytesIO()
    bare.save(sink, "JPEG", quality=QUALITY, optimize=True)
    content = sink.getvalue()
    if len(content) > LARGEST:
        raise WrongPhoto("too_large")
    return content
