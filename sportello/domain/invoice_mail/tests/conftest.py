"""A mail server on loopback that offers PIPELINING, or not."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from sportello.billing.errors import NotThere
from sportello.domain.customers.documents import keeping
from sportello.domain.messages.tests.smtp import PIPELINING, FakeServer


@pytest.fixture(params=["pipelined", "in steps"])
def server(request: pytest.FixtureRequest, settings) -> Iterator[FakeServer]:
    settings.DEMO = False
    with FakeServer() as running:
        if request.param == "pipelined":
            running.replies["ehlo"] = PIPELINING
        running.wants_recipient = True
        settings.MAIL_URL = running.url
        yield running


class BillingPdf:
    """A billing that makes PDFs: ``content``, None for none yet."""

    def __init__(self) -> None:
        self.content: bytes | None = b"%PDF-1.7"
        self.asked = 0

    def pdf(self, number: str) -> bytes:
        self.asked += 1
        if self.content is None:
            raise NotThere("invoice", number)
        return self.content


@pytest.fixture
def billing_pdf(monkeypatch: pytest.MonkeyPatch) -> BillingPdf:
    made = BillingPdf()
    billing = SimpleNamespace(capabilities=SimpleNamespace(invoice_pdf=True), invoice_pdf=made.pdf)
    monkeypatch.setattr(keeping, "connector", lambda _: billing)
    return made
