"""Speaks HTTP with SAP's gateway: signs in, waits no longer than it may, tries again what may be tried again.

The HTTP library is loaded with the first request: a web worker that never asks SAP does not carry it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sportello.billing.errors import BillingError, Unavailable
from sportello.connectors.sap import answers
from sportello.connectors.sap.answers import Answer, Asked, Passing, SessionOver, TokenMissing, Unusable
from sportello.connectors.sap.breaker import Breaker, Open

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

JSON = "application/json"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds, tries and bytes. ``total`` bounds one reading with all its tries; ``read`` one wait for more bytes."""

    connect: float = 2.0
    read: float = 5.0
    total: float = 8.0
    tries: int = 3
    pause: float = 0.1
    json_bytes: int = 15_000_000  # two hundred supplies with three years of readings are six million
    pdf_bytes: int = 10_000_000


class Client:
    """One for each process; used by several threads at once. ``url`` goes up to and with the service's own path."""

    def __init__(
        self,
        *,
        url: str,
        user: str,
        password: str,
        sap_client: str = "",
        limits: Limits | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self._url = url.rstrip("/") + "/"
        self._sign_in = (user, password)
        self._sap_client = sap_client
        self._limits = limits or Limits()
        self._breaker = breaker or Breaker()
        self._lock = threading.Lock()
        self._opened: httpx.Client | None = None
        self._token = ""

    def read(self, address: str, *, asked: Asked) -> Any:
        """The entity or set at ``address``, relative to the service."""

        def once(until: float) -> Any:
            answer = self._send("GET", address, accept=JSON, most=self._limits.json_bytes, until=until)
            return answers.entity(answer, asked=asked)

        return self._again(once)

    def read_pdf(self, address: str, *, asked: Asked) -> bytes:
        """The PDF at ``address``."""

        def once(until: float) -> bytes:
            accept = f"{PDF}, {JSON};q=0.5"
            answer = self._send("GET", address, accept=accept, most=self._limits.pdf_bytes, until=until)
            return answers.pdf(answer, asked=asked)

        return self._again(once)

    def write(self, method: str, address: str, body: object, *, asked: Asked) -> Any:
        """Sends once and never again, save where SAP asks for a fresh token before it has done anything.

        Returns what SAP made of it, None where it says nothing. ``Unavailable`` leaves open whether it was done.
        """
        until = time.monotonic() + self._limits.total
        with self._guarded():
            try:
                return self._write(method, address, body, asked=asked, until=until)
            except TokenMissing:
                self._token = ""
                return self._write(method, address, body, asked=asked, until=until)

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _write(self, method: str, address: str, body: object, *, asked: Asked, until: float) -> Any:
        if not self._token:
            self._fetch_token(until=until)
        answer = self._send(
            method,
            address,
            accept=JSON,
            most=self._limits.json_bytes,
            until=until,
            content=body,
            headers={"X-CSRF-Token": self._token},
        )
        return None if answer.status == 204 else answers.entity(answer, asked=asked)

    def _fetch_token(self, *, until: float) -> None:
        """The token belongs to the session whose cookies come with it; the HTTP library keeps those."""
        headers = {"X-CSRF-Token": "Fetch"}
        answer = self._send("GET", "", accept=JSON, most=self._limits.json_bytes, until=until, headers=headers)
        if answer.status >= 300:
            answers.refuse(answer, asked=Asked(kind="service", code=""))
        if answer.is_html or not answer.csrf:
            raise SessionOver("billing gave no CSRF token")
        self._token = answer.csrf

    def _again(self, once: Callable[[float], T]) -> T:
        """What may pass is tried again, within the time that one reading has."""
        import stamina

        limits = self._limits
        until = time.monotonic() + limits.total
        for attempt in stamina.retry_context(
            on=Passing,
            attempts=limits.tries,
            timeout=limits.total,
            wait_initial=limits.pause,
            wait_max=5 * limits.pause,
            wait_jitter=limits.pause,
        ):
            with attempt, self._guarded():
                return once(until)
        raise AssertionError("a retry context ends with an answer or an error")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Counts what fails, and asks nothing while the circuit is open."""
        try:
            self._breaker.before()
        except Open as still:
            raise Unavailable("billing did not answer a moment ago", retry_after=still.seconds) from None
        try:
            yield
        except Unusable:
            self._breaker.succeeded()
            raise
        except Unavailable as error:
            if isinstance(error, SessionOver):
                self._forget_session()
            self._breaker.failed(rest=error.retry_after)
            raise
        except BillingError:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()

    def _forget_session(self) -> None:
        self._token = ""
        if self._opened is not None:
            self._opened.cookies.clear()

    def _send(
        self,
        method: str,
        address: str,
        *,
        accept: str,
        most: int,
        until: float,
        content: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        import httpx

        left = max(until - time.monotonic(), 0.001)
        limits = self._limits
        connect = min(limits.connect, left)
        try:
            with self._http().stream(
                method,
                self._located(address),
                headers={"Accept": accept, **(headers or {})},
                json=content,
                timeout=httpx.Timeout(min(limits.read, left), connect=connect, pool=connect),
            ) as response:
                return Answer(
                    status=response.status_code,
                    content_type=response.headers.get("Content-Type", "").lower(),
                    body=_bytes(response.iter_bytes(), most=most, until=until),
                    retry_after=response.headers.get("Retry-After", "").strip(),
                    csrf=response.headers.get("X-CSRF-Token", ""),
                )
        except httpx.TimeoutException as error:
            raise Unavailable("billing is too slow") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict) as error:
            raise Passing(f"billing cannot be reached: {type(error).__name__}") from error

    def _located(self, address: str) -> str:
        if not self._sap_client:
            return self._url + address
        return f"{self._url}{address}{'&' if '?' in address else '?'}sap-client={self._sap_client}"

    def _http(self) -> "httpx.Client":
        """No proxy and no netrc of the machine's: SAP stands inside the company, and its password goes nowhere else."""
        import ssl

        import httpx

        with self._lock:
            if self._opened is None:
                nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing to load, and nothing that is trusted
                context = ssl.create_default_context() if self._url.startswith("https:") else nobody
                self._opened = httpx.Client(
                    auth=self._sign_in,
                    headers={"Accept-Encoding": "identity", "User-Agent": "Sportello"},
                    trust_env=False,
                    verify=context,
                )
            return self._opened


def _bytes(chunks: Iterator[bytes], *, most: int, until: float) -> bytes:
    """The whole body, unless it is too long or comes too slowly."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise Unusable("billing's answer is too long")
        if time.monotonic() > until:
            raise Unavailable("billing is too slow")
    return bytes(body)
