"""PDF files that people send: looked through for what they would do by themselves, and for what else they are.

They are kept as they are and only ever handed out to be saved, so this is a second line of defence for whoever opens one.
Nothing here builds the document: names are looked for wherever a reader could find them, also written with escapes
(/J#61vaScript) and in objects that are stored compressed. What cannot be looked into is refused.
"""

import re
import zlib

HEAD, TAIL = 1_024, 2_048  # bytes in which programs look for what a file is
ARCHIVES = 66_000  # bytes at the end, in which an archive says that it is one
MOST_STREAMS = 20_000
MOST_UNPACKED = 50_000_000  # bytes of all compressed objects
PIECE = 8_192  # bytes
SNIFFED = 64  # bytes of a stream that show whether objects are in it
VERSION = re.compile(rb"%PDF-[12]\.\d")
ENDING = re.compile(rb"startxref\s+\d+\s+%%EOF\s*\x00*\s*\Z")
# What other programs would take the file for.
OTHER_NATURE = re.compile(
    rb"<script|<html|<svg|<!doctype|<iframe|<body|<\?php|<\?xml-stylesheet|MZ\x90\x00", re.IGNORECASE
)
ARCHIVE = re.compile(rb"PK\x05\x06|PK\x03\x04|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
# What a PDF does by itself when it is opened, sends somewhere, or carries along.
ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|XFA|ImportData|SubmitForm|GoToE)(?![A-Za-z0-9_.-])"
)
ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9_.-])")
STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
OBJECTS = re.compile(rb"/ObjStm(?![A-Za-z0-9_.-])")
NUMBERS = re.compile(rb"[\s\x00]*(?:%|\d+[\s\x00]+\d+[\s\x00])")  # an object stream begins with pairs of numbers


class WrongPdf(Exception):
    """The file cannot be kept. ``code`` is "broken", "encrypted", "active" or "two_things"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check(content: bytes) -> None:
    """Raises WrongPdf."""
    if not VERSION.match(content) or not ENDING.search(content[-TAIL:]):
        raise WrongPdf("broken")
    if OTHER_NATURE.search(content[:HEAD]) or OTHER_NATURE.search(content[-TAIL:]):
        raise WrongPdf("two_things")
    if ARCHIVE.search(content[:HEAD]) or ARCHIVE.search(content[-ARCHIVES:]):
        raise WrongPdf("two_things")
    plain = unescaped(content)
    if ENCRYPTED.search(plain):
        raise WrongPdf("encrypted")
    if ACTIVE.search(plain):
        raise WrongPdf("active")
    check_objects(content)


def unescaped(content: bytes) -> bytes:
    return ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content) if b"#" in content else content


def check_objects(content: bytes) -> None:
    """Looks into each stream that holds objects. Raises WrongPdf, also where one that says so cannot be looked into."""
    streams = [
        found.end() for found in STREAM.finditer(content) if content[found.start() - 3 : found.start()] != b"end"
    ]
    if len(streams) > MOST_STREAMS:
        raise WrongPdf("broken")
    left, looked_into = MOST_UNPACKED, set()
    for start in streams:
        objects = objects_in(content, start, most=left)
        if objects is None:
            continue
        left -= len(objects)
        looked_into.add(start)
        if left <= 0:
            raise WrongPdf("broken")
        if ACTIVE.search(unescaped(objects)):
            raise WrongPdf("active")
    announced = [found.start() for found in OBJECTS.finditer(content)]
    if len(announced) < len(OBJECTS.findall(unescaped(content))):
        raise WrongPdf("active")  # nobody's program hides this name
    if any(next((each for each in streams if each >= start), None) not in looked_into for start in announced):
        raise WrongPdf("active")


def objects_in(content: bytes, start: int, *, most: int) -> bytes | None:
    """What is in the stream that begins there, ``most`` bytes of it; None where it is none of compressed objects."""
    unpacking = zlib.decompressobj()
    unpacked = b""
    try:
        for here in range(start, len(content), PIECE):  # never all that follows: there may be thousands of streams
            unpacked += unpacking.decompress(content[here : here + PIECE], most - len(unpacked))
            if not NUMBERS.match(unpacked[:SNIFFED]):
                return None
            if unpacking.eof or len(unpacked) >= most:
                return unpacked
    except zlib.error:
        pass
    return None
