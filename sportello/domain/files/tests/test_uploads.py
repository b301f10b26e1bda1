"""What a form gets of the files that are sent with it."""

import io
import tracemalloc

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from sportello.domain.files.photos import WrongPhoto, checked
from sportello.domain.files.tests import pictures
from sportello.domain.files.uploads import LARGEST_BODY, LARGEST_UPLOAD, MOST_TOGETHER

HEAD = (
    b'--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nread at dusk\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="photo"; filename="meter.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
)
TAIL = b'\r\n--edge\r\nContent-Disposition: form-data; name="once"\r\n\r\nabc\r\n--edge--\r\n'


class Body(io.RawIOBase):
    """A form with a photo of ``size`` zeros, which exist only while they are read."""

    def __init__(self, size: int) -> None:
        self.head, self.left, self.tail = HEAD, size, TAIL

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "all of it at once"
        if self.head:
            piece, self.head = self.head[:size], self.head[size:]
        elif self.left:
            piece = bytes(min(size, self.left))
            self.left -= len(piece)
        else:
            piece, self.tail = self.tail[:size], self.tail[size:]
        return piece


def sent(size: int):
    request = RequestFactory().post("/", content_type="multipart/form-data; boundary=edge")
    request.META["CONTENT_LENGTH"] = str(len(HEAD) + size + len(TAIL))
    request._stream = Body(size)
    return request


def test_it_is_the_handler_in_use():
    assert settings.FILE_UPLOAD_HANDLERS == ["sportello.domain.files.uploads.LimitedUploads"]


def test_a_photo_comes_whole_with_what_was_typed():
    content = pictures.jpeg()
    photo = SimpleUploadedFile("meter.jpg", content, content_type="image/jpeg")
    request = RequestFactory().post("/", {"note": "read at dusk", "photo": photo, "once": "abc"})
    assert request.POST["once"] == "abc"
    assert request.FILES["photo"].size == len(content)
    assert request.FILES["photo"].read() == content


def test_two_hundred_megabytes_are_not_held_and_cost_nothing_that_was_typed():
    tracemalloc.start()
    try:
        request = sent(200_000_000)
        assert request.POST.dict() == {"note": "read at dusk", "once": "abc"}
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 3 * LARGEST_UPLOAD
    photo = request.FILES["photo"]
    assert photo.size == 200_000_000
    assert photo.read() == b""
    with pytest.raises(WrongPhoto, match="too_large"):
        checked(photo)


@pytest.mark.parametrize(("size", "kept"), [(LARGEST_UPLOAD, LARGEST_UPLOAD), (LARGEST_UPLOAD + 1, 0)])
def test_the_limit_is_exact(size, kept):
    photo = sent(size).FILES["photo"]
    assert (photo.size, len(photo.read())) == (size, kept)


def test_many_files_are_limited_together():
    files = [SimpleUploadedFile(f"{number}.jpg", bytes(LARGEST_UPLOAD - 10)) for number in range(5)]
    request = RequestFactory().post("/", {"photo": files})
    held = [len(file.read()) for file in request.FILES.getlist("photo")]
    assert sum(held) <= MOST_TOGETHER
    assert held.count(0) == 2
    for file, length in zip(request.FILES.getlist("photo"), held, strict=True):
        assert length or file.size > LARGEST_UPLOAD, "an empty one must be told as too large"


def test_what_no_form_can_hold_is_not_read():
    request = sent(LARGEST_BODY)
    request._stream = None  # reading it would fail
    with pytest.raises(RequestDataTooBig):
        _ = request.POST


@pytest.mark.parametrize(
    "name", ["meter\x00.svg", "../../etc/passwd", "a" * 500 + ".exe", "m\r\nX: y.jpg", "\u202egpj.exe"]
)
def test_a_name_harms_nothing(name):
    """The content says what it is; the name is not kept."""
    content = pictures.jpeg()
    body = HEAD.replace(b"meter.jpg", name.encode().replace(b"\r\n", b"")) + content + TAIL
    request = RequestFactory().generic("POST", "/", body, content_type="multipart/form-data; boundary=edge")
    assert checked(request.FILES["photo"]).media_type == "image/jpeg"
