"""Photos as cameras make them, and as others make them who mean no good."""

import io
import struct
import zlib
from typing import Any

import pillow_heif
from PIL import Image

LEFT, RIGHT = (250, 10, 10), (10, 10, 250)
PLACE = {1: "N", 2: (44.0, 54.0, 41.0), 3: "E", 4: (10.0, 58.0, 52.0)}  # latitude and longitude
SERIAL_OF_CAMERA = "CAMERA-7F3A"
GPS, ORIENTATION, MODEL = 0x8825, 0x0112, 0x0110


def picture(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, LEFT)
    image.paste(RIGHT, (size[0] // 2, 0, *size))
    return image.convert(mode)


def written(image: Image.Image, format: str, **options: Any) -> bytes:
    sink = io.BytesIO()
    image.save(sink, format, **options)
    return sink.getvalue()


def jpeg(size: tuple[int, int] = (400, 300), **options: Any) -> bytes:
    return written(picture(size), "JPEG", **options)


def png(size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: Any) -> bytes:
    return written(picture(size, mode), "PNG", **options)


def heic(size: tuple[int, int] = (400, 300), **options: Any) -> bytes:
    sink = io.BytesIO()
    pillow_heif.from_pillow(picture(size)).save(sink, format="HEIF", **options)
    return sink.getvalue()


def exif(orientation: int = 1) -> bytes:
    """Where and with what it was taken, and how the camera was held."""
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    tags[MODEL] = SERIAL_OF_CAMERA
    tags.get_ifd(GPS).update(PLACE)
    return tags.tobytes()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """Says that it is so large, whatever it holds."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG whose header says another size."""
    content = bytearray(jpeg((16, 16)))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def animated() -> bytes:
    frames = [picture(), Image.new("RGB", (400, 300), (0, 200, 0))]
    return written(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100)


def with_comment(comment: bytes) -> bytes:
    """A JPEG that says so in a comment right at its beginning."""
    content = jpeg()
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + content[2:]


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))
