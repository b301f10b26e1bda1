"""What people type for accounts, codes, telephones, addresses: taken where a second writing of the rules takes it, else told.

The rules are written once more in ``italy.tests.oracle``; the fields of the forms must agree with it whatever is typed.
"""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.activities.kinds.bank_details import LONGEST_TYPED, IbanField, TaxCodeField
from sportello.domain.activities.kinds.electronic import SdiCodeField
from sportello.domain.activities.kinds.emails import MailField
from sportello.domain.activities.kinds.personal_data import VatField
from sportello.domain.activities.kinds.telephones import PhoneField
from sportello.italy.tests import cases, oracle

SDI = st.text("0XAz9é", min_size=5, max_size=9) | st.sampled_from(
    ["0000000", "XXXXXXX", "M5UXCR1", "UFABCD", "2R4GTO8"]
)
MAILS = st.builds(
    "{}{}{}".format,
    st.text("aZ9.+-_'é \"@<\n\u202e", min_size=0, max_size=12),
    st.sampled_from(["@", "@", "@", "", "@@", " @ "]),
    st.sampled_from(
        ["example.it", "a.b.example", "localhost", "-a.it", "a-.it", "città.it", "a..it", "127.0.0.1", ".it", ""]
    )
    | st.text("ab1.-_ é", max_size=12),
)
CASES = [
    (IbanField, cases.nearly(cases.italian_ibans()), oracle.is_italian_iban),
    (TaxCodeField, cases.nearly(cases.personal_codes() | cases.numeric_codes()), oracle.is_codice_fiscale),
    (VatField, cases.nearly(cases.numeric_codes()), oracle.is_partita_iva),
    (PhoneField, cases.nearly(cases.telephones()), oracle.is_telephone),
    (SdiCodeField, SDI, oracle.is_sdi_code),
    (MailField, MAILS, oracle.is_email),
]
NAMES = [field.__name__ for field, _, _ in CASES]


def cleaned(field, typed):
    """What is kept of it; None where it is refused, with a sentence."""
    try:
        return field.clean(typed)
    except ValidationError as error:
        assert all(str(message) for message in error.messages)
        return None


@pytest.mark.parametrize(("field", "typed", "takes"), CASES, ids=NAMES)
def test_a_field_takes_what_the_rules_take(field, typed, takes):
    tried = field(required=False)

    @cases.thoroughly
    @given(typed)
    def agrees(text):
        kept = cleaned(tried, text)
        if len(text) > LONGEST_TYPED or not text.strip():
            return
        read = text.strip() if field is MailField else oracle.compact(text)
        if field is VatField or field is IbanField:
            read = read.removeprefix("IT") if field is VatField and oracle.all_in(read[2:], oracle.DIGITS) else read
            if field is IbanField and read[:2] not in ("IT", "SM"):
                return  # other countries' structures are in the banks' registry
        assert (kept is not None) == takes(read), (text, kept)
        assert kept is None or cleaned(tried, kept) == kept

    agrees()


@pytest.mark.parametrize("field", [each for each, _, _ in CASES], ids=NAMES)
def test_no_text_breaks_a_field(field):
    tried = field(required=False)

    @cases.thoroughly
    @given(cases.texts | MAILS)
    def holds(text):
        kept = cleaned(tried, text)
        assert kept is None or kept == "" or kept.isprintable()

    holds()
