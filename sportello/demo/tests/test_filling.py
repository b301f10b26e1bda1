import pytest

from sportello.billing.records import Record
from sportello.connectors.embedded.connector import EmbeddedBilling
from sportello.demo.company import Company
from sportello.demo.filling import fill_embedded


@pytest.mark.django_db(databases=["billing"], transaction=True)
def test_the_embedded_billing_gives_back_what_was_filled_in(company: Company) -> None:
    assert fill_embedded(company)
    assert not fill_embedded(company), "it is filled once"
    billing = EmbeddedBilling()
    found: list[Record] = []
    cursor, more = "", True
    while more:
        batch = billing.changes(cursor, 2_000)
        found += batch.records
        cursor, more = batch.cursor, batch.more
    assert set(found) == set(company.records)
    assert len(found) == len(company.records)
