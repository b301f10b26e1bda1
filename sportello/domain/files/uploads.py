"""Files on their way in: held in memory up to a limit, and past it counted but not kept, so that the form can say so."""

import io
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_UPLOAD = 12_000_000  # bytes of one file
MOST_TOGETHER = 3 * LARGEST_UPLOAD  # of all files of a request
LARGEST_BODY = 300_000_000  # what is larger is not even read


class LimitedUploads(FileUploadHandler):
    """Keeps each file of a form in memory; of one that is too large the size alone, its content is let go.

    The rest of the form arrives whole: a photo that is too large loses nothing of what was typed beside it. Whoever takes
    a file looks at its ``size`` first: an ``UploadedFile`` past ``LARGEST_UPLOAD`` is empty.
    """

    kept = 0  # of the files before this one

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Raises RequestDataTooBig."""
        if content_length > LARGEST_BODY:
            raise RequestDataTooBig("the request is larger than anything that a form can hold")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.content: io.BytesIO | None = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.content is None:
            return
        size = start + len(raw_data)
        if size > LARGEST_UPLOAD or self.kept + size > MOST_TOGETHER:
            self.content = None
        else:
            self.content.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """``size`` is what was sent, or more than may be sent where the files of a request are too large together."""
        content = self.content
        if content is None:
            content, size = io.BytesIO(), max(file_size, LARGEST_UPLOAD + 1)
        else:
            size = file_size
            self.kept += file_size
            content.seek(0)
        return UploadedFile(
            file=content,
            name=self.file_name,
            content_type=self.content_type,
            size=size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
