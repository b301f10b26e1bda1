"""Where staff arrive."""

import re

import pytest
from django.utils import translation

from sportello.desks.backoffice import reasons
from sportello.domain.customers.alignment import checks
from sportello.domain.customers.alignment.mirror import TABLES
from sportello.domain.customers.models import SetAside
from tests import factories

ENGLISH = re.compile(r"\b(is|are|was|the|field)\b")


def every_reason() -> list[str]:
    """All that the plain checks may say, and what the others say."""
    plain = [reason for table in TABLES for _, reason in checks._plain_conditions(table)]
    return sorted({*plain, *checks.CURABLE, checks.UNHOLDABLE})


def test_every_reason_is_worded_in_italian():
    with translation.override("it"):
        untold = [reason for reason in every_reason() if ENGLISH.search(reasons.in_words(reason).split("“")[0])]
    assert len(every_reason()) > 40
    assert untold == []


def test_every_kind_of_record_has_its_word():
    assert {table.kind for table in TABLES} <= set(reasons.KINDS)


def test_an_unknown_reason_is_shown_as_it_is():
    assert reasons.in_words("something new") == "something new"


@pytest.mark.django_db
def test_records_kept_aside_are_listed_with_their_reason(client, settings):
    settings.DEMO = True
    client.force_login(factories.user("paolo", roles=["administrator"]))
    SetAside.objects.create(
        kind="invoice",
        code="2026/G/0001",
        reason=checks.NO_CUSTOMER,
        record={},
        first_seen_at=factories.NOW,
        last_seen_at=factories.NOW,
    )
    page = client.get("/staff/", headers={"Accept-Language": "it"}).content.decode()
    assert "2026/G/0001" in page
    assert "si riferisce a un cliente che non c" in page
    assert "24/11/2026" in page
