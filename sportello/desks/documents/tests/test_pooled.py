"""A request that waits for something else lets others use its connection."""

import pytest
from django.db import connection

from sportello.desks.documents.pooled import lend_connection


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(connection, "close", lambda: calls.append("close"))
    return calls


def test_a_pooled_connection_is_given_back(closed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"pool": {"size": 2}})
    lend_connection()
    assert closed == ["close"]


def test_a_connection_of_ones_own_is_kept(closed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    lend_connection()
    assert closed == []


@pytest.mark.django_db
def test_none_is_given_back_inside_a_transaction(closed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"pool": {"size": 2}})
    lend_connection()
    assert closed == []
