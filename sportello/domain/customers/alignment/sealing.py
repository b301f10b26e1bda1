"""Takes out of billing's records, before anything is written, what no table may hold: of a web code stays its digest, of an
IBAN as much as may be shown."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sportello.billing.records import CustomerRecord, MandateRecord, Record
from sportello.domain.people import printed_codes
from sportello.italy import iban


def sealed(records: Iterable[Record]) -> Iterator[Record]:
    """The same records; a secret that is no text is left for the checks to find."""
    for record in records:
        if type(record) is CustomerRecord and type(record.web_code) is str:
            yield replace(record, web_code=printed_codes.digest(printed_codes.compact(record.web_code)))
        elif type(record) is MandateRecord and type(record.iban) is str:
            yield replace(record, iban=iban.masked(record.iban))
        else:
            yield record
