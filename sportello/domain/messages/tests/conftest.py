"""The kinds that these tests write, instead of those of the rooms above."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sportello.domain.messages import kinds
from sportello.domain.messages.tests import cast
from sportello.domain.messages.tests.smtp import FakeServer


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {})
    for kind in (cast.LINK, cast.NOTICE, cast.CODE):
        kinds.register(kind)


@pytest.fixture
def server(settings) -> Iterator[FakeServer]:
    with FakeServer() as running:
        settings.MAIL_URL = running.url
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody trusts by himself, with its key."""
    return cast.certificate(tmp_path_factory.mktemp("tls") / "localhost.pem")
