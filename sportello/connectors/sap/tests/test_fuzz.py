"""Whatever SAP answers, the outcome is records of the one customer or an error of the port."""

import contextlib
import json
from copy import deepcopy
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sportello.billing.commands import Receipt
from sportello.billing.conformance.checks import check_order, check_plain
from sportello.billing.errors import BillingError
from sportello.billing.records import CustomerRecord
from sportello.connectors.sap.answers import Answer, Asked, entity, pdf
from sportello.connectors.sap.looks import DEVICE
from sportello.connectors.sap.mapping import Answers, records_of
from sportello.connectors.sap.queries import ACCOUNT, INVOICES, PAYMENTS
from sportello.connectors.sap.rows import row_of, rows_of
from sportello.connectors.sap.submitting import submit
from sportello.connectors.sap.tests.cast import ALICE, BOB, GAS_METER
from sportello.connectors.sap.tests.gateway import SITE, tree
from sportello.connectors.sap.tests.test_submitting import READING

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=True)
    | st.text(max_size=20)
    | st.sampled_from([ALICE, BOB, "2002", "/Date(1577836800000)/", "/Date(0)/", "12.3400", "2026/G/0000001"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["results", "d", "__next"]), inner),
    max_leaves=5,
)
SAID = [
    tree(ACCOUNT.node, ALICE)[0],
    {"results": tree(INVOICES.node, ALICE)},
    {"results": tree(PAYMENTS.node, ALICE)},
]


def places(said):
    """Every place in an answer: what holds it, and where."""
    for key, value in said.items() if isinstance(said, dict) else enumerate(said):
        yield said, key
        if isinstance(value, dict | list):
            yield from places(value)


@given(st.data())
def test_one_place_of_an_answer_is_something_else(data):
    said = deepcopy(SAID)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places(said))))
        holder[key] = data.draw(ANYTHING)
    with contextlib.suppress(BillingError):
        answers = Answers(
            customer_code=ALICE,
            account=row_of(said[0], node=ACCOUNT.node, owner=ALICE, site=SITE),
            invoices=rows_of(said[1], node=INVOICES.node, owner=ALICE, site=SITE),
            payments=rows_of(said[2], node=PAYMENTS.node, owner=ALICE, site=SITE),
        )
        records = records_of(answers, site=SITE, today=date(2026, 6, 1))
        for record in records:
            check_plain(record)
            assert isinstance(record, CustomerRecord) or record.customer_code == ALICE
        check_order([record for record in records if getattr(record, "account_code", "?") != ""])


class Answering:
    """A client that is answered what the test draws."""

    def __init__(self, device, written):
        self.device, self.written, self.sent = device, written, []

    def read(self, address, *, asked):
        return self.device

    def write(self, method, address, body, *, asked):
        self.sent.append(body)
        return self.written


@given(st.data())
def test_whatever_is_said_of_a_device_a_reading_has_a_receipt_or_an_error_of_the_port(data):
    said = [deepcopy(tree(DEVICE.node, GAS_METER)[0])]
    for _ in range(data.draw(st.integers(0, 3))):
        holder, key = data.draw(st.sampled_from(list(places(said))))
        holder[key] = data.draw(ANYTHING)
    written = data.draw(ANYTHING | st.just({"DeviceID": GAS_METER, "MeterReadingResultID": "1"}))
    client = Answering(said[0], written)
    with contextlib.suppress(BillingError):
        assert isinstance(submit(READING, client=client, site=SITE), Receipt)
    assert len(client.sent) <= 1
    assert all(body["DeviceID"] == GAS_METER for body in client.sent)


@given(
    status=st.integers(200, 599),
    content_type=st.sampled_from(["application/json", "text/html", "application/xml", "application/pdf", ""]),
    body=st.binary(max_size=200) | ANYTHING.map(lambda value: json.dumps(value, default=str).encode()),
    retry_after=st.text(max_size=10),
    csrf=st.sampled_from(["", "Required", "x"]),
)
def test_any_answer_at_all(status, content_type, body, retry_after, csrf):
    answer = Answer(status=status, content_type=content_type, body=body, retry_after=retry_after, csrf=csrf)
    for read in (entity, pdf):
        with contextlib.suppress(BillingError):
            read(answer, asked=Asked(kind="customer", code=ALICE))


def test_decimals_of_json_are_read_exactly():
    answer = Answer(status=200, content_type="application/json", body=b'{"d": {"X": 0.1}}')
    assert entity(answer, asked=Asked(kind="customer", code=ALICE)) == {"X": Decimal("0.1")}
