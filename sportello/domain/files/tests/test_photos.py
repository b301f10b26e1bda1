"""Which photos come in, and that nothing is kept of them but pixels."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sportello.domain.files import photos
from sportello.domain.files.photos import CODES, WrongPhoto, checked
from sportello.domain.files.tests import pictures
from sportello.domain.files.uploads import LARGEST_UPLOAD


def kept(content: bytes) -> Image.Image:
    photo = checked(io.BytesIO(content))
    assert photo.media_type == "image/jpeg"
    image = pictures.opened(photo.content)
    image.load()
    assert image.format == "JPEG"
    return image


def refused(content: bytes) -> str:
    with pytest.raises(WrongPhoto) as caught:
        checked(io.BytesIO(content))
    assert caught.value.code in CODES
    return caught.value.code


def is_near(pixel: tuple[int, ...], colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.heic])
def test_what_telephones_make_comes_in(make):
    image = kept(make())
    assert image.size == (400, 300)
    assert is_near(image.getpixel((20, 150)), pictures.LEFT)
    assert is_near(image.getpixel((380, 150)), pictures.RIGHT)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_png_of_any_kind_comes_in(mode):
    content = pictures.written(Image.new(mode, (60, 40)), "PNG")
    assert kept(content).mode == "RGB"


def test_grey_of_sixteen_bits_keeps_its_shades():
    image = Image.new("I;16", (4, 4), 32_768)
    assert abs(kept(pictures.written(image, "PNG")).getpixel((1, 1))[0] - 128) < 3


def test_a_jpeg_for_printers_comes_in():
    assert kept(pictures.written(pictures.picture(mode="CMYK"), "JPEG")).mode == "RGB"


def test_what_was_transparent_is_white():
    assert kept(pictures.written(Image.new("RGBA", (60, 40), (0, 0, 0, 0)), "PNG")).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.heic])
def test_a_large_one_is_scaled(make):
    assert kept(make((4_000, 3_000))).size == (2_560, 1_920)


def test_one_of_a_good_camera_is_scaled():
    assert kept(pictures.jpeg((8_000, 6_000))).size == (2_560, 1_920)


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png])
def test_it_stands_upright(make):
    image = kept(make(exif=pictures.exif(orientation=6)))
    assert image.size == (300, 400)
    assert is_near(image.getpixel((150, 20)), pictures.LEFT)


def test_a_heic_stands_upright():
    image = kept(pictures.heic((300, 400), exif=pictures.exif(orientation=6)))
    assert image.size == (400, 300)


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.heic])
def test_where_and_with_what_it_was_taken_is_not_kept(make):
    content = make(exif=pictures.exif())
    assert pictures.SERIAL_OF_CAMERA.encode() in content  # else this proves nothing
    photo = checked(io.BytesIO(content))
    assert pictures.SERIAL_OF_CAMERA.encode() not in photo.content
    image = pictures.opened(photo.content)
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_texts_and_profiles_are_not_kept():
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("Comment", "Via Grandi 39")
    content = pictures.png(pnginfo=said, icc_profile=b"a profile of mine")
    assert b"Via Grandi" in content
    photo = checked(io.BytesIO(content))
    assert b"Via Grandi" not in photo.content and b"profile" not in photo.content


def test_a_broken_exif_does_not_cost_the_photo():
    broken = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff" + b"\x01\x12\x00\x63\xff\xff\xff\xff" * 3
    assert kept(pictures.jpeg(exif=broken)).size == (400, 300)


def test_of_an_animated_png_the_first_picture_is_kept():
    photo = checked(io.BytesIO(pictures.animated()))
    assert b"acTL" not in photo.content
    assert is_near(pictures.opened(photo.content).getpixel((20, 150)), pictures.LEFT)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"\xff\xd8",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF",
        b"MZ\x90\x00",
        b"PK\x03\x04" + bytes(40),
        b"\x00\x00\x00\x20ftypisom" + bytes(40),
        b"\x00\x00\x00\x20ftypavif" + bytes(40),
        b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(40),
        b"BM" + bytes(60),
    ],
)
def test_what_is_no_photo_is_refused(content):
    assert refused(content) == "not_an_image"


@pytest.mark.parametrize("format", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_images_are_refused(format):
    assert refused(pictures.written(pictures.picture(), format)) == "not_an_image"


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a" + pictures.jpeg(),
        b"%PDF-1.7\n" + pictures.jpeg(),
        pictures.with_comment(b"%PDF-1.7 1 0 obj"),
        pictures.with_comment(b"*/=1;</style><ScRiPt>alert(1)</script>"),
        pictures.with_comment(b"<svg onload=alert(1)>"),
        pictures.jpeg() + b"<html><body onload=alert(1)>",
        pictures.png() + b"<?php system($_GET[0]); ?>",
        pictures.png() + b"%PDF-1.4",
        pictures.heic() + b"<!DOCTYPE html>",
    ],
)
def test_two_things_in_one_are_refused(content):
    assert refused(content) == "not_an_image"


def test_what_hides_deep_inside_is_not_kept():
    """Past where anybody looks for what a file is; a ZIP at the end is read from its end."""
    hidden = b"x" * 5_000 + b"<script>alert(1)</script>" + b"x" * 5_000
    for content in (
        pictures.with_comment(hidden),
        pictures.jpeg() + hidden,
        pictures.jpeg() + b"PK\x05\x06" + bytes(18),
    ):
        photo = checked(io.BytesIO(content))
        assert b"<script" not in photo.content and b"PK\x05\x06" not in photo.content


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.heic])
def test_a_truncated_one_is_broken(make):
    content = make((800, 600))
    for share in (0.3, 0.6, 0.9):
        assert refused(content[: int(len(content) * share)]) == "broken"


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.heic])
def test_a_beginning_alone_is_broken(make):
    assert refused(make()[:24]) == "broken"


def test_a_wrong_sum_is_broken():
    content = bytearray(pictures.png())
    content[content.index(b"IDAT") + 8] ^= 0xFF
    assert refused(bytes(content)) == "broken"


@pytest.mark.parametrize(
    "content",
    [
        pictures.png_of(60_000, 60_000),
        pictures.png_of(2_000_000_000, 2_000_000_000),
        pictures.jpeg_of(65_000, 65_000),
        pictures.jpeg_of(8_000, 6_251),
        pictures.png_of(5_000, 5_001),
    ],
)
def test_huge_dimensions_are_refused_before_anything_is_decoded(content, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    assert refused(content) == "too_many_pixels"


def test_no_dimensions_are_broken():
    assert refused(pictures.png_of(0, 0)) in ("broken", "not_an_image")


def test_a_thin_one_stays_an_image():
    assert kept(pictures.png((20_000, 1))).size == (2_560, 1)


def test_texts_that_grow_when_unpacked_are_broken():
    import zlib

    bomb = pictures.chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(50_000_000), 9))
    assert refused(pictures.png_of(10, 10, bomb, bomb, bomb)) == "broken"


def test_a_jpeg_of_endless_scans_is_broken():
    assert refused(pictures.jpeg() + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 200) == "broken"
    assert kept(pictures.jpeg(progressive=True)).size == (400, 300)


def test_too_large_is_told_by_size_alone():
    class Sent(io.BytesIO):
        size = LARGEST_UPLOAD + 1

        def read(self, *_args: object) -> bytes:
            pytest.fail("was read")

    with pytest.raises(WrongPhoto, match="too_large"):
        checked(Sent())


def test_too_large_without_a_size_is_found_by_reading():
    assert refused(pictures.jpeg() + bytes(LARGEST_UPLOAD)) == "too_large"


def test_the_largest_that_may_come_in_does():
    content = pictures.jpeg()
    assert kept(content + bytes(LARGEST_UPLOAD - len(content))).size == (400, 300)


def test_memory_that_ends_is_no_broken_photo(monkeypatch):
    def no_memory(*_args: object) -> None:
        raise MemoryError

    monkeypatch.setattr(photos, "scaled", no_memory)
    with pytest.raises(MemoryError):
        checked(io.BytesIO(pictures.jpeg()))


SEEDS = [pictures.jpeg((64, 48)), pictures.png((64, 48)), pictures.heic((64, 48))]


@given(seed=st.sampled_from(SEEDS), where=st.floats(0, 1), what=st.binary(min_size=1, max_size=40))
def test_a_damaged_file_is_a_photo_or_is_refused(seed, where, what):
    at = int(where * len(seed))
    damaged = seed[:at] + what + seed[at + len(what) :]
    try:
        photo = checked(io.BytesIO(damaged))
    except WrongPhoto as error:
        assert error.code in CODES
    else:
        assert pictures.opened(photo.content).format == "JPEG"


def test_a_web_process_does_without_the_libraries(root: Path):
    code = (
        "import sys, django; django.setup(); from django.core.handlers.wsgi import WSGIHandler; WSGIHandler();"
        "from django.urls import get_resolver; get_resolver().url_patterns; import sportello.domain.files.photos;"
        "print(sorted(name for name in ('PIL', 'pillow_heif') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True,
        env={"DJANGO_SETTINGS_MODULE": "sportello.settings", "DATABASE_URL": "postgresql:///none", "SECRET_KEY": "x" * 50},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_a_thin_one_is_no_photo_however_few_its_bytes():
    """Decoders hold something for each row."""
    assert refused(pictures.written(Image.new("1", (1, 20_001)), "PNG")) == "too_many_pixels"


def test_who_has_waited_long_enough_for_others_photos_is_told(monkeypatch):
    monkeypatch.setattr(photos, "PATIENCE", 0.01)
    with photos._one_at_a_time:
        assert refused(pictures.jpeg()) == "busy"
    assert kept(pictures.jpeg())
