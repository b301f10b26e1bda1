"""Changes of the holder's data: what is checked, what goes by itself, what billing is told, who else is told of it."""

import pytest

from sportello.billing.commands import ChangeMailingAddress, ChangePersonalData
from sportello.billing.records import Address
from sportello.domain.activities import opening
from sportello.domain.activities.kinds import mailing_address, personal_data
from sportello.domain.activities.kinds.tests.filling import HOME, form_of, opened
from sportello.domain.activities.models import Channel, KindSetting
from sportello.domain.customers.models import Customer, Place
from sportello.domain.customers.places import known_places
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from tests.factories import NOW

pytestmark = pytest.mark.django_db

# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name", "province"),
    [
        ({"municipality": "  modena ", "postcode": "41126", "province": ""}, "Modena", "MO"),
        ({"municipality": "SAMONE", "postcode": "10010", "province": ""}, "Samone", "TO"),
        ({"municipality": "samone", "postcode": "38059", "province": "tn"}, "Samone", "TN"),
    ],
)
def test_a_place_is_written_as_it_writes_itself(mario, typed, name, province):
    form = form_of(mario, mailing_address.KIND, **{**HOME, **typed})
    assert form.is_valid(), form.errors
    assert not form.warnings
    assert (form.address.municipality, form.address.province) == (name, province)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"postcode": "4103"}, "postcode", "five digits"),
        ({"province": "XX"}, "province", "two letters"),
        ({"province": "TO"}, "province", "province MO"),
        ({"street": ""}, "street", "Fill in"),
        ({"municipality": "Nowhere", "province": ""}, "province", "Fill in"),
        ({"country": "XX"}, "country", "not available"),
    ],
)
def test_an_address_that_cannot_be_is_told_beside_its_field(mario, typed, field, words):
    form = form_of(mario, mailing_address.KIND, **{**HOME, **typed})
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]


@pytest.mark.parametrize(
    ("typed", "code"),
    [({"postcode": "41126"}, "postcode"), ({"municipality": "Nuovo Comune"}, "place")],
)
def test_what_does_not_fit_may_be_confirmed(mario, typed, code):
    form = form_of(mario, mailing_address.KIND, **{**HOME, **typed})
    assert form.is_valid()
    assert form.needs_confirmation
    assert [each.code for each in form.warnings] == [code]
    with pytest.raises(opening.NotConfirmed):
        opening.open_request(mailing_address.KIND, form, user=mario, channel=Channel.PORTAL, now=NOW)


def test_abroad_nothing_is_known_better(mario):
    abroad = {
        "country": "DE",
        "street": "Hauptstraße",
        "street_number": "1",
        "postcode": "D-10115",
        "municipality": "Berlin",
        "province": "",
    }
    activity = opened(mario, mailing_address.KIND, **abroad, addressee="c/o Anna")
    (command,) = mailing_address.commands(activity)
    assert command == ChangeMailingAddress(
        customer_code="C1",
        account_code="A-C1",
        addressee="c/o Anna",
        address=Address(
            street="Hauptstraße", number="1", postcode="D-10115", municipality="Berlin", province="", country="DE"
        ),
    )
    assert [line.value for line in mailing_address.KIND.form.lines(activity.asked)] == [
        "Hauptstraße 1, D-10115 Berlin, Germany",
        "c/o Anna",
    ]


def test_all_of_italy_is_known():
    books = {(each["name"], each["province"]): each for each in known_places()}
    assert len(books) > 7_800
    assert books["Concordia sulla Secchia", "MO"]["postcodes"] == ["41033"]
    assert books["Napoli", "NA"]["postcodes"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("concordia su", ["Concordia sulla Secchia"]), ("411", ["Modena"]), ("10156", ["Torino"]), ("s", [])],
)
def test_places_are_found_by_their_beginning(typed, found):
    assert [each.name for each in Place.objects.beginning(typed)] == found


# --- telephone and e-mail --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0535 000124", "+390535000124"),
        ("+39 333/0000-001", "+393330000001"),
        ("0049 30 1234567", "+49301234567"),
        ("", ""),
    ],
)
def test_telephones_are_kept_in_one_form(mario, typed, kept):
    form = form_of(mario, personal_data.KIND, phone=typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["phone"] == kept


@pytest.mark.parametrize(
    ("typed", "words"), [("800 123456", "service"), ("12", "not a telephone"), ("casa", "not a telephone")]
)
def test_what_is_no_telephone_of_ones_own(mario, typed, words):
    form = form_of(mario, personal_data.KIND, phone=typed)
    assert words in form.errors["phone"][0]


def test_a_new_address_is_told_at_the_old_ones_too(mario):
    activity = opened(mario, personal_data.KIND, email="nuova@example.it")
    told = Message.objects.filter(kind="request_changes_data").values_list("address", flat=True)
    assert sorted(told) == ["casa@example.it", "mario@example.it", "nuova@example.it"]
    assert activity.asked == {"email": "nuova@example.it"}
    assert activity.before == {"email": "casa@example.it"}
    assert personal_data.commands(activity) == (ChangePersonalData(customer_code="C1", email="nuova@example.it"),)
    assert not form_of(mario, personal_data.KIND).is_valid()  # nothing new


# --- personal data ---------------------------------------------------------------------------------------------------


def test_only_what_is_new_is_asked_and_sent(mario):
    activity = opened(mario, personal_data.KIND, street="Via Roma", street_number="1")
    (command,) = personal_data.commands(activity)
    assert command.address.street == "Via Roma"
    assert (command.last_name, command.tax_code, command.birth_date) == (None, None, None)
    assert not form_of(mario, personal_data.KIND).is_valid()


@pytest.mark.parametrize(
    ("typed", "automatic"),
    [({"street": "Via Roma"}, True), ({"last_name": "Rosso"}, False), ({"tax_code": "BNCGLI92T71H501W"}, False)],
)
def test_names_and_codes_are_looked_at_by_an_operator(mario, typed, automatic):
    activity = opened(mario, personal_data.KIND, **typed)
    assert activity.automatic is automatic
    assert LedgerRow.objects.exists() is automatic


def test_administration_decides_of_each_field(mario):
    KindSetting.objects.create(kind="personal_data", field="address", automatic=False, changed_at=NOW)
    assert not opened(mario, personal_data.KIND, street="Via Roma").automatic


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ({"last_name": "Bianchi"}, ["tax_code_name"]),
        ({"birth_date": "1981-01-01"}, ["tax_code_birth"]),
        ({"tax_code": "RSSMRAULALMFNRTP", "street": "Via Roma"}, []),  # omocodia
    ],
)
def test_a_tax_code_that_does_not_fit_may_be_confirmed(mario, typed, codes):
    form = form_of(mario, personal_data.KIND, **typed)
    assert form.is_valid(), form.errors
    assert [each.code for each in form.warnings] == codes


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"birth_date": "2030-01-01"}, "birth_date"),
        ({"birth_date": "2015-01-01"}, "birth_date"),
        ({"tax_code": "RSSMRA80A01F257A"}, "tax_code"),
    ],
)
def test_data_that_cannot_be_are_told_beside_their_field(mario, typed, field):
    assert list(form_of(mario, personal_data.KIND, **typed).errors) == [field]


def test_a_business_has_its_own_fields(mario):
    Customer.objects.update(kind="company", company_name="Rossi Srl", vat_number="00743110157")
    form = form_of(mario, personal_data.KIND, sdi_code="m5uxcr1", pec="")
    assert form.is_valid(), form.errors
    assert form.asked()["sdi_code"] == "M5UXCR1"
    assert "birth_date" not in form.fields
    assert list(form_of(mario, personal_data.KIND, sdi_code="M5UXCR1", pec="a@pec.it").errors) == ["pec"]
    assert list(form_of(mario, personal_data.KIND, vat_number="12345678903").errors) == ["vat_number"]
