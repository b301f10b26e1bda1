"""Who a customer is: names and codes that fit or may be confirmed, electronic invoices, and what was known before."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES
from sportello.domain.activities.kinds import mailing_address, personal_data
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.kinds.tests.bills import codes
from sportello.domain.activities.kinds.tests.filling import HOME, form_of, opened
from sportello.domain.activities.models import Activity, KindSetting
from sportello.domain.customers.models import BillingAccount, Customer
from sportello.domain.files.tests.test_attachments import NASTY
from sportello.domain.messages.models import Message
from sportello.italy.tests import cases, oracle
from tests.factories import NOW

pytestmark = pytest.mark.django_db
FEW = max(EXAMPLES // 4, 10)
KIND = personal_data.KIND
COMPANY = {
    "kind": "company", "company_name": "Rossi Srl", "vat_number": "00743110157", "tax_code": "00743110157", "last_name": "",
    "first_name": "", "birth_date": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("person", "typed", "warned"),
    [
        ({}, {"tax_code": "RSSMRA80A41F257K"}, ["tax_code_sex"]),
        ({}, {"tax_code": "RSSMRA80A01H501U"}, ["tax_code_place"]),
        ({}, {"tax_code": "RSSMRAULALMFNRTP"}, []),  # the same person, with letters for digits
        ({"last_name": "Rossi", "first_name": "Maria", "tax_code": "BNCGLI92TTMHRLMY"}, {"phone": "0535 1234"}, []),
        # A name alone, born abroad: only the place differs from the old code's.
        ({}, {"last_name": "Fo", "first_name": "", "tax_code": "FOXXXX80A01Z330X"}, ["tax_code_place"]),
        ({}, {"last_name": "Łęcki-Ørsted", "tax_code": "LCKMRA80A01F257C"}, []),
    ],
)
def test_a_code_is_compared_with_what_is_known(mario, person, typed, warned):
    Customer.objects.update(**person)
    form = form_of(mario, KIND, **typed)
    assert codes(form) == warned, form.errors
    assert form.is_valid()


def test_what_a_new_code_says_is_read_to_its_owner(mario):
    form = form_of(mario, KIND, tax_code="RSSMRA80A01H501U")
    assert form.is_valid()
    (line,) = form.compared(form.asked(), form.before())
    assert line.value == "RSSMRA80A01H501U (a man born on 01/01/80 in Roma (RM))"
    assert line.before == "RSSMRA80A01F257G (a man born on 01/01/80 in Modena (MO))"


@pytest.mark.parametrize(
    ("known", "typed", "outcome"),
    [
        ({}, {"sdi_code": " m5uxcr1 "}, "M5UXCR1"),
        ({}, {"sdi_code": "2R4GTO8"}, "2R4GTO8"),
        ({}, {"sdi_code": "", "pec": "a@pec.it"}, None),  # the code was empty and stays so
        ({"sdi_code": "M5UXCR1"}, {"sdi_code": "", "pec": "a@pec.it"}, "0000000"),
        ({"sdi_code": "M5UXCR1"}, {"sdi_code": ""}, ["no_channel"]),
        ({}, {"sdi_code": "0000000"}, ["no_channel"]),
        ({}, {"sdi_code": "UFABCD"}, ["sdi_of_body"]),
        ({"tax_code": "80012340016"}, {"sdi_code": "UFABCD"}, "UFABCD"),
        ({"sdi_code": "UFABCD"}, {"sdi_code": "M5UXCR1"}, ["sdi_of_business"]),
        ({}, {"sdi_code": "XXXXXXX"}, {"sdi_code"}),
        ({}, {"sdi_code": "XXXXXXX", "country": "DE", "postcode": "10115", "municipality": "Berlin"}, "XXXXXXX"),
        ({"sdi_code": "M5UXCR1"}, {"pec": "a@pec.it"}, {"pec"}),
        ({}, {"sdi_code": "12345"}, {"sdi_code"}),
        ({}, {"sdi_code": "000000"}, {"sdi_code"}),
        ({"sdi_code": "M5UXCR1", "pec": "a@pec.it"}, {"phone": "0535 1234"}, None),  # as billing has it
    ],
)
def test_exactly_one_way_for_electronic_invoices(mario, known, typed, outcome):
    Customer.objects.update(**{**COMPANY, **known})
    form = form_of(mario, KIND, **typed)
    if isinstance(outcome, set):
        assert set(form.errors) == outcome
    elif isinstance(outcome, list):
        assert codes(form) == outcome
        assert form.asked()["sdi_code"] == (typed["sdi_code"] or "0000000")
    else:
        assert form.is_valid(), form.errors
        assert not form.warnings
        assert form.asked().get("sdi_code") == outcome


def test_only_a_business_has_a_channel(mario):
    assert "pec" not in form_of(mario, KIND).fields
    Customer.objects.update(vat_number="00743110157")  # a person with a business of his own
    assert {"sdi_code", "pec", "birth_date"} <= form_of(mario, KIND).fields.keys()


def test_what_was_known_stays_true_when_billing_has_changed(mario):
    activity = opened(mario, KIND, phone="", street="Via Roma", reason="Trasloco")
    Customer.objects.update(phone="", street="Via Roma")
    activity = Activity.objects.get(pk=activity.pk)
    told = [(str(each.label), each.before, each.value) for each in KIND.form.compared(activity.asked, activity.before)]
    assert told == [
        ("Telephone", "+390535000123", "not given"),
        ("What has changed, or was wrong", None, "Trasloco"),
        (
            "Address",
            "Via Grandi 39, 41033 Concordia sulla Secchia (MO)",
            "Via Roma 39, 41033 Concordia sulla Secchia (MO)",
        ),
    ]


def test_why_an_operator_looks_at_it_is_kept(mario):
    KindSetting.objects.create(kind="personal_data", field="phone", automatic=False, changed_at=NOW)
    activity = opened(mario, KIND, phone="0535 9876", last_name="Rosso", street="Via Roma")
    KindSetting.objects.update(automatic=True)
    activity = Activity.objects.get(pk=activity.pk)
    assert (activity.automatic, activity.by_hand_for) == (False, ["name", "phone"])
    assert KIND.parts_named(activity.by_hand_for) == ["Name", "Telephone"]
    assert opened(mario, mailing_address.KIND, **{**HOME, "municipality": "Nuovo Comune"}, once="b").by_hand_for == [
        "doubt"
    ]
    KindSetting.objects.create(kind="personal_data", field="", automatic=False, changed_at=NOW)
    assert opened(mario, KIND, tax_code="RSSMRA80A01H501U", once="c").by_hand_for == []  # all of its kind are looked at


def test_a_mailing_address_stands_beside_the_one_of_today(mario):
    form = form_of(mario, mailing_address.KIND, **HOME)
    assert "__all__" in form.errors  # where the post of his holder's goes already
    assert [each.value for each in form.at_present()] == ["Via Grandi 39, 41033 Concordia sulla Secchia (MO)"]
    BillingAccount.objects.update(**{**HOME, "street": "Via Emilia"}, addressee="Studio Neri")
    activity = opened(
        mario,
        mailing_address.KIND,
        **{**HOME, "street": "Via Roma", "municipality": "Modena (MO)", "postcode": "41121"},
    )
    address, name = mailing_address.KIND.form.compared(activity.asked, activity.before)
    assert (address.before, address.value) == (
        "Via Emilia 39, 41033 Concordia sulla Secchia (MO)", "Via Roma 39, 41121 Modena (MO)",
    )  # fmt: skip
    assert (name.before, name.value) == ("Studio Neri", "the holder's")
    letters = Message.objects.filter(kind="request_changes_data_letter")
    assert {line for each in letters for line in each.address.splitlines() if line.startswith("Via")} == {
        "Via Emilia 39",
        "Via Roma 39",
    }


WELL = {
    "country": st.sampled_from(["IT", "DE", "SM", "XX"]), "municipality": st.sampled_from(["Modena", "Samone", "Roma (RM)", "41033", "(MO)"]),
    "postcode": cases.nearly(cases.digits(5)), "phone": cases.nearly(cases.telephones()), "tax_code": cases.personal_codes(),
    "vat_number": cases.nearly(cases.numeric_codes()), "birth_date": st.dates().map(str),
    "was": st.sampled_from(["{", "[]", "null", '{"phone": 5}', '{"street": {"a": []}}', "[" * 5_000]),
}  # fmt: skip


@pytest.mark.parametrize("company", [False, True])
@pytest.mark.parametrize("kind", [KIND, mailing_address.KIND], ids=["person", "post"])
def test_whatever_is_typed_is_told_or_kept(mario, kind, company):
    if company:
        Customer.objects.update(**COMPANY)
    scope = scope_of(mario, Customer.objects.get(), today=NOW.date())
    known = {name: "" if value is None else str(value) for name, value in kind.form(scope).initial.items()}
    anything = st.text(max_size=40) | cases.texts | st.sampled_from(NASTY[:-2])
    typed = {name: WELL.get(name, anything) | anything for name in kind.form(scope).fields}

    @settings(max_examples=FEW, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries({}, optional=typed))
    def holds(data):
        form = kind.form(scope, {**known, "account": "A-C1", **data}, {})
        assert set(form.errors) <= {*form.fields, "__all__"}
        for name in form.fields:
            form.until_now(name)
        if not form.is_valid():
            return
        asked = json.loads(json.dumps(form.asked()))
        assert asked == form.asked()
        for line in kind.form.compared(asked, form.before()):
            assert isinstance(line.value, str)
            assert line.value
        if asked.get("country") == "IT" and asked.get("postcode"):
            assert oracle.is_cap(asked["postcode"]), asked
        activity = Activity(kind=kind.code, customer=scope.customer, account_code="A-C1", asked=asked)
        assert len(kind.commands(activity)) == 1
        kind.fields_in(asked)

    holds()
