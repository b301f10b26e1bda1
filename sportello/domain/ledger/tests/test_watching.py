"""What is told of the ledger to whoever watches over it."""

from datetime import timedelta

import pytest

from sportello.domain.ledger import watching
from sportello.domain.ledger.models import SETTLED, LedgerRow, State
from sportello.domain.ledger.tests import cast
from tests.factories import NOW

pytestmark = pytest.mark.django_db
NOT_ENDED_WELL = ["queued", "sent", "dead", "held", "refused"]


def test_each_state_that_is_no_good_end_is_told_though_nothing_is_in_it():
    assert watching.rows() == dict.fromkeys(NOT_ENDED_WELL, (0, None))


@pytest.mark.parametrize("state", NOT_ENDED_WELL)
def test_how_many_are_in_it_and_since_when_the_oldest_is_there(state):
    for number, days in enumerate([1, 3, 2]):
        cast.reading(f"K{number}")
        ended = NOW if state in SETTLED else None
        changes = {"state": state, "settled_at": ended, "queued_at": NOW - timedelta(days=days)}
        LedgerRow.objects.filter(key=f"K{number}").update(**changes)
    cast.reading("W")
    LedgerRow.objects.filter(key="W").update(state=State.ACKNOWLEDGED, settled_at=NOW)
    nothing = dict.fromkeys(NOT_ENDED_WELL, (0, None))
    assert watching.rows() == nothing | {state: (3, NOW - timedelta(days=3))}
