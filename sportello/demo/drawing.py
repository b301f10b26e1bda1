"""Pictures that customers have taken: the face of a meter, a receipt, a letter."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

PAPER, INK, TABLE = "#fbfaf6", "#22272b", "#8d7f6d"


def picture_of(lines: Sequence[str]) -> bytes:
    """A sheet of paper on a table with these lines on it, as a photo."""
    image = Image.new("RGB", (720, 540), TABLE)
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 40, 630, 540), fill=PAPER)
    for number, line in enumerate(lines):
        draw.text((130, 90 + number * 54), line, font=ImageFont.load_default(34 if number == 0 else 26), fill=INK)
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=60)
    return sink.getvalue()
