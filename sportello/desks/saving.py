"""Files that people have sent us, handed out to be saved and never shown here: their sender may be anybody."""

from csp.constants import HEADER
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from sportello.domain.files.models import KeptFile

NOTHING_AT_ALL = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def to_be_saved(file: KeptFile, name: str) -> HttpResponse:
    response = HttpResponse(bytes(file.content), content_type=file.media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Content-Length"] = str(file.size)
    response.headers[HEADER] = NOTHING_AT_ALL
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
