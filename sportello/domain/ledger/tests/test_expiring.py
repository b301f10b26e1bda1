"""What had to be done by a day that is over is not kept in clear."""

from datetime import date

import pytest

from sportello.domain.ledger.expiring import expire
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.ledger.sending import claim
from sportello.domain.ledger.tests import cast
from sportello.domain.ledger.tests.cast import NOW

pytestmark = pytest.mark.django_db

TODAY, YESTERDAY = date(2026, 11, 24), date(2026, 11, 23)


@pytest.mark.parametrize("state", ["queued", "dead", "held"])
def test_a_code_that_has_expired_is_given_up_and_forgotten(state: str) -> None:
    cast.web_code("W1", customer="C1", expires_on=YESTERDAY)
    cast.web_code("W2", customer="C2", expires_on=TODAY)
    cast.reading("K1")
    LedgerRow.objects.update(state=state)
    assert expire(now=NOW) == 1
    assert cast.states() == {"W1": "cancelled", "W2": state, "K1": state}
    assert cast.row("W1").command == {"customer_code": "C1", "expires_on": "2026-11-23"}
    assert (cast.row("W1").reason, cast.row("W1").settled_at) == ("expired", NOW)
    assert cast.row("W2").command["web_code"] == cast.CODE


def test_one_that_a_worker_has_is_left_to_it() -> None:
    cast.web_code(expires_on=YESTERDAY)
    claim("C1", now=NOW)
    assert expire(now=NOW) == 0
