"""Judges what came back over HTTP: an answer of SAP, its refusal, or something that only looks like an answer.

A login page comes with status 200, a firewall's with 404: what counts is the type and the body.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from sportello.billing.errors import Conflict, NotThere, Refused, Unavailable
from sportello.connectors.sap.values import unreadable

PASSING = frozenset({408, 425, 500, 502, 503, 504})
CLASHES = frozenset({409, 412, 428})
GATEWAY_ITSELF = "/IWFND/"  # error codes of the gateway: the service, not the record, is missing
LONGEST_REASON = 200
XML_CODE = re.compile(rb"<code[^>]*>([^<]{0,200})</code>")
XML_MESSAGE = re.compile(rb"<message[^>]*>([^<]{0,2000})</message>")


class Passing(Unavailable):
    """A failure that may be over at the next try, a moment from now."""


class SessionOver(Passing):
    """Something between us and SAP wants us to sign in anew."""


class Unusable(Unavailable):
    """SAP is there, but nothing can be done with this answer of its: no reason to leave everybody else unanswered."""


class TokenMissing(Unavailable):
    """SAP wants a fresh CSRF token with a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    retry_after: str = ""
    csrf: str = ""

    @property
    def is_html(self) -> bool:
        return "html" in self.content_type or self.body[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, to name it where SAP does not know it."""

    kind: str
    code: str


def entity(answer: Answer, *, asked: Asked) -> Any:
    """What OData V2 wraps in ``d``. Raises the port's errors for everything that is not that."""
    if answer.status >= 300:
        refuse(answer, asked=asked)
    if answer.is_html:
        raise SessionOver("billing answered with a web page instead of data")
    if "json" not in answer.content_type:
        raise Unavailable("billing answered with something that is not JSON")
    try:
        content = json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Passing("billing's answer breaks off or is not JSON") from None
    if not isinstance(content, dict) or "d" not in content:
        raise unreadable("no OData V2 answer")
    return content["d"]


def pdf(answer: Answer, *, asked: Asked) -> bytes:
    """The bytes of a PDF, whole from its first mark to its last."""
    if answer.status >= 300:
        refuse(answer, asked=asked)
    if answer.is_html:
        raise SessionOver("billing answered with a web page instead of a PDF")
    if not answer.body.startswith(b"%PDF-"):
        raise Unusable("billing answered with something that is not a PDF")
    if b"%%EOF" not in answer.body[-1024:]:
        raise Passing("billing's PDF breaks off")
    return answer.body


def refuse(answer: Answer, *, asked: Asked) -> NoReturn:
    """Raises what a status of 300 and above means."""
    status, rest = answer.status, seconds(answer.retry_after)
    if status < 400:
        raise SessionOver(f"billing sends us elsewhere ({status}), perhaps to sign in")
    if status == 403 and answer.csrf.lower() == "required":
        raise TokenMissing("billing wants a fresh CSRF token")
    if status in (401, 403):
        raise Unavailable(f"billing does not let our user in ({status})")
    if status == 429 or (status in PASSING and rest is not None):
        raise Unavailable(f"billing is busy ({status})", retry_after=rest)
    if status in PASSING:
        raise Passing(f"billing failed ({status})")
    code, message = said(answer)
    if answer.is_html or status >= 500 or not (code or message) or code.startswith(GATEWAY_ITSELF):
        raise Unavailable(f"billing's service does not answer there ({status})")
    if status == 404:
        raise NotThere(asked.kind, asked.code)
    if status in CLASHES:
        raise Conflict(message)
    raise Refused(message or code, field=objected(answer))


def said(answer: Answer) -> tuple[str, str]:
    """Code and message of SAP's own error body, as JSON or XML; ("", "") where there is none."""
    if "xml" in answer.content_type:
        found = (XML_CODE.search(answer.body), XML_MESSAGE.search(answer.body))
        code, message = (match[1].decode("utf-8", "replace") if match else "" for match in found)
        return code, message[:LONGEST_REASON]
    try:
        error = json.loads(answer.body)["error"]
        message = error["message"]["value"] if isinstance(error["message"], dict) else error["message"]
        return str(error["code"]), str(message)[:LONGEST_REASON]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "", ""


def objected(answer: Answer) -> str:
    """The property that SAP objects to, as the details of its error body name it; "" where they name none."""
    try:
        details = json.loads(answer.body)["error"]["innererror"]["errordetails"]
        named = [detail.get("propertyref") or detail.get("target") for detail in details]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return next((name.rpartition("/")[2] for name in named if isinstance(name, str)), "")


def seconds(retry_after: str) -> float | None:
    """Retry-After as seconds from now, whether it came as a number or as a date; None without one that can be read."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
