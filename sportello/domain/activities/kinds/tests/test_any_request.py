"""Whatever is typed into a form of any kind: told beside its field, or kept as it is; and shown again as nothing but text."""

import json

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXAMPLES
from sportello.domain.activities import opening
from sportello.domain.activities.kinds import complaint, information, something_else
from sportello.domain.activities.kinds.base import LONGEST_TEXT, MISSING, Scope, scope_of
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.tests.bills import BILL, TODAY, form_of, household, opened
from sportello.domain.activities.models import Activity, Channel, Visitor
from sportello.domain.customers.models import Customer, Supply
from sportello.domain.files.tests.test_attachments import NASTY
from sportello.domain.messages.models import Message
from tests.factories import NOW, meter

MINE = [
    "complaint", "invoice_correction", "already_paid", "instalments", "supply_closure", "change_of_holder", "something_else",
]  # fmt: skip
FEW = max(EXAMPLES // 10, 5)
COMPLAINT = {"subject": "billing", "reason": "late", "text": "Aspetto da mesi.\r\n\r\nOra basta."}

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    person = household()
    meter(Supply.objects.get())
    return person


@pytest.mark.parametrize("code", MINE)
def test_an_empty_form_says_what_is_missing(anna, code):
    with translation.override("it"):
        form = form_of(anna, KINDS[code])
        required = {name for name, each in form.fields.items() if each.required}
        assert required and set(form.errors) >= required
        assert all(str(MISSING) in form.errors[name] for name in required)


@pytest.mark.parametrize("code", MINE)
def test_every_kind_has_its_sentence_its_term_and_its_sections(anna, code):
    kind = KINDS[code]
    form = kind.form(scope_of(anna, Customer.objects.get(), today=TODAY))
    assert str(kind.title) and str(kind.sentence) and kind.term_of({})
    assert {name for _title, names in kind.form.sections for name in names} <= set(form.fields)
    assert kind.offered(form.scope) and not kind.automatic


@pytest.mark.parametrize("code", MINE)
def test_nothing_that_is_typed_breaks_a_form(anna, code):
    scope = scope_of(anna, Customer.objects.get(), today=TODAY)
    names = list(KINDS[code].form(scope).fields)
    anything = st.text(max_size=60) | st.sampled_from([BILL, "S-C1", "2026-12-31", "50", "3", "IT", *NASTY[:-2]])

    @settings(max_examples=FEW, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.fixed_dictionaries({}, optional=dict.fromkeys(names, anything)))
    def typed(data):
        form = KINDS[code].form(scope, data, {})
        if form.is_valid():
            asked = json.loads(json.dumps(form.asked()))
            assert asked == form.asked() and KINDS[code].term_of(asked)
            assert all(isinstance(line.value, str) for line in KINDS[code].form.lines(asked))
        assert set(form.errors) <= {*form.fields, "__all__"}

    typed()


@pytest.mark.parametrize("nasty", NASTY[:-2])
def test_a_text_is_kept_as_it_was_written(anna, nasty):
    text = f"Buongiorno {nasty} saluti"
    if "\x00" in text or len(text) > LONGEST_TEXT:
        assert "text" in form_of(anna, complaint.KIND, **{**COMPLAINT, "text": text}).errors
        return
    activity = opened(anna, complaint.KIND, **{**COMPLAINT, "text": text})
    assert Activity.objects.get(pk=activity.pk).asked["text"] == text
    assert nasty.strip() not in Message.objects.get().subject or not nasty.strip(". ")


@pytest.mark.parametrize("kind", [complaint.KIND, information.KIND])
def test_a_visitor_has_no_supply_to_choose(kind):
    form = kind.form(Scope(customer=None, today=TODAY), {**COMPLAINT, "topic": "new"}, {})
    assert "supply" not in form.fields and form.is_valid()
    visitor = Visitor(name="Gino", answer_by="email", email="gino@example.it")
    activity = opening.open_request(kind, form, user=None, channel=Channel.WEBSITE, now=NOW, visitor=visitor)
    assert activity.customer is None and activity.limit_on
    assert not Message.objects.exists()


def test_a_complaint_need_not_be_about_a_supply(anna):
    assert opened(anna, complaint.KIND, **COMPLAINT).supply is None
    assert opened(anna, complaint.KIND, **{**COMPLAINT, "supply": "S-C1", "once": "b"}).supply_id == "S-C1"
    assert "supply" in form_of(anna, complaint.KIND, **COMPLAINT, supply="S-C9").errors


def test_something_else_is_not_for_visitors():
    assert not something_else.KIND.visitors and complaint.KIND.visitors
