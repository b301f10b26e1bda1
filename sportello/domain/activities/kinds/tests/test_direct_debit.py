"""The mandate's form, what billing is told of it, and how a change of bank account can be stopped."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from sportello.billing.commands import RequestDirectDebit, RevokeDirectDebit
from sportello.domain.activities import ending, following, handling, opening, protecting
from sportello.domain.activities.kinds import direct_debit, direct_debit_revocation
from sportello.domain.activities.kinds.base import scope_of
from sportello.domain.activities.models import Activity, Channel, IllegalMove, Status, Terms, TooEarly
from sportello.domain.activities.protecting import DeadStop
from sportello.domain.customers.models import Customer, DirectDebitMandate
from sportello.domain.journal.models import Event
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from sportello.domain.people.models import Role
from sportello.italy import iban
from tests.factories import NOW, access, account, customer, user

pytestmark = pytest.mark.django_db
IBAN = "IT60X0542811101000000123456"
TYPED = {
    "iban": "it60 x054 2811 1010 0000 0123 456", "holder_last_name": "Verdi", "holder_first_name": "Anna",
    "holder_tax_code": "RSSMRA80A01F257G", "signatory": "holder", "agreed": "on", "account": "A-C1", "once": "a",
}  # fmt: skip


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def anna():
    person = user("anna", email="anna@example.it")
    access(person, customer("C1", email="casa@example.it"))
    account(Customer.objects.get(code="C1"))
    return person


def form_of(person, kind=direct_debit.KIND, **typed):
    scope = scope_of(person, Customer.objects.get(code="C1"), today=NOW.date())
    return kind.form(scope, {**TYPED, **typed}, {})


def opened(person, kind=direct_debit.KIND, **typed):
    form = form_of(person, kind, **typed)
    assert form.is_valid(), form.errors
    form = form_of(person, kind, **typed, confirmed=form.digest)
    return opening.open_request(kind, form, user=person, channel=Channel.PORTAL, now=NOW)


def pays_by_debit():
    account_of = Customer.objects.get(code="C1").billing_accounts.get()
    account_of.payment_method = "direct_debit"
    account_of.save()


def mandate(status):
    owner = Customer.objects.get(code="C1")
    return DirectDebitMandate.objects.create(
        code="M1", customer=owner, billing_account=owner.billing_accounts.get(), scheme="core", status=status,
        iban="IT11 **** 1111",
    )  # fmt: skip


def test_the_bank_is_found_by_the_iban(anna):
    form = form_of(anna)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["iban"] == IBAN
    assert form.cleaned_data["bank"]
    assert form_of(anna, bank="La mia banca").is_valid()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"iban": "IT60X0542811101000000123457"}, "iban", "wrong digit"),
        ({"iban": "IT38A0538712900000001234567"}, "iban", "wrong digit"),  # its CIN
        ({"iban": "IT60X054281110100000012345"}, "iban", "27"),
        ({"iban": "US64SVBKUS6S3300958879"}, "iban", "SEPA"),
        ({"iban": "conto 12"}, "iban", "not an IBAN"),
        ({"iban": ""}, "iban", "Fill in"),
        ({"holder_tax_code": "RSSMRA80A01F257A"}, "holder_tax_code", "wrong character"),
        ({"holder_tax_code": "RSSMRA80A01F25"}, "holder_tax_code", "16 characters"),
        ({"signatory": "other", "signatory_name": "Gino"}, "signatory_tax_code", "Fill in"),
        ({"signatory": "other", "signatory_tax_code": "RSSMRA80A01F257G"}, "signatory_name", "Fill in"),
        ({"agreed": ""}, "agreed", "authorisation"),
        ({"account": "A-C2"}, "account", "not available"),
    ],
)
def test_each_mistake_is_told_beside_its_field(anna, typed, field, words):
    form = form_of(anna, **typed)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]


def test_before_sending_it_says_whose_bank_it_is_and_from_which_invoice(anna):
    def said(**typed):
        form = form_of(anna, **typed)
        assert form.is_valid(), form.errors
        assert form.needs_confirmation
        return [each.code for each in form.warnings], " ".join(str(each.text) for each in form.warnings)

    assert said(iban="DE89370400440532013000")[1].startswith("By its IBAN the account is at Commerzbank")
    codes, words = said()
    assert codes == ["bank", "begins"]
    assert "first that we issue after its answer" in words
    assert said(iban="LT121000011101001000")[0] == ["no bank", "begins"]
    pays_by_debit()
    codes, words = said()
    assert codes == ["bank", "begins", "protected"]
    assert "from the new one" in words
    first = opened(anna)
    assert said()[0][-1] == "another"
    assert first.number in said()[1]


def test_what_holds_is_offered_masked_and_a_mandate_that_is_not_answered_yet_is_protected_too(anna):
    Terms.objects.create(term=protecting.IBAN_COOL_OFF, valid_from=NOW.date(), margin=3)
    mandate("requested")
    assert form_of(anna).on_offer() == [("A-C1", "A-C1, IT11 **** 1111")]
    assert opened(anna).not_before is not None
    DirectDebitMandate.objects.update(status="revoked")
    assert form_of(anna).on_offer() == [("A-C1", "A-C1")]
    ending.cancel(Activity.objects.get(), now=NOW, by_id=anna.pk)
    assert opened(anna, once="b").not_before is None


def test_b2b_is_not_for_consumers(anna):
    assert "scheme" not in form_of(anna).fields
    Customer.objects.update(kind="company", company_name="Verdi Srl")
    form = form_of(anna, scheme="b2b")
    assert form.is_valid()
    assert form.asked()["scheme"] == "b2b"


def test_what_billing_is_told(anna):
    activity = opened(anna, signatory="other", signatory_name="Gino Bo", signatory_tax_code="BNCGLI92T71H501W")
    (command,) = direct_debit.commands(activity)
    assert isinstance(command, RequestDirectDebit)
    assert (command.iban, command.holder, command.scheme) == (IBAN, "Anna Verdi", "core")
    assert (command.signatory, command.signatory_tax_code) == ("Gino Bo", "BNCGLI92T71H501W")
    assert command.signed_on == NOW.date()
    assert re.fullmatch(r"[A-Za-z0-9+?:().,' -]{1,35}", command.mandate_reference)
    assert IBAN not in repr(command)


def test_the_iban_is_shown_masked_and_forgotten_at_the_end(anna):
    activity = opened(anna)
    assert "IT60 **** 3456" in [line.value for line in direct_debit.KIND.form.lines(activity.asked)]
    handling.cancel(activity.number, by=anna, now=NOW)
    kept = Activity.objects.get()
    assert kept.asked["iban"] == "IT60 **** 3456"
    assert "IT60 **** 3456" in [line.value for line in direct_debit.KIND.form.lines(kept.asked)]
    assert direct_debit.commands(kept) == ()


def test_a_mandate_that_is_not_answered_yet_can_be_revoked_and_none_twice(anna):
    kind = direct_debit_revocation.KIND
    scope = scope_of(anna, Customer.objects.get(code="C1"), today=NOW.date())
    mandate("aligning")
    assert kind.offered(scope)
    DirectDebitMandate.objects.update(status="revoking")
    pays_by_debit()
    scope = scope_of(anna, Customer.objects.get(code="C1"), today=NOW.date())
    assert not kind.offered(scope)


def test_who_has_it_done_is_told_from_when_in_his_language(anna):
    Customer.objects.update(language="en")
    activity = opened(anna)
    ending.execute(activity, answer=None, now=NOW, by_id=None)
    assert "first invoice that we issue after its answer" in activity.answer
    told = Message.objects.get(kind="request_executed")
    assert activity.answer.split(".")[0] in compose(told).text
    assert IBAN not in compose(told).text


def test_revocation_is_of_debited_accounts(anna):
    kind = direct_debit_revocation.KIND
    scope = scope_of(anna, Customer.objects.get(code="C1"), today=NOW.date())
    assert not kind.offered(scope)
    assert not form_of(anna, kind).is_valid()
    pays_by_debit()
    activity = opened(anna, kind)
    assert list(kind.commands(activity)) == [RevokeDirectDebit(customer_code="C1", account_code="A-C1")]


# --- how it can be stopped -------------------------------------------------------------------------------------------


def changed(anna):
    Terms.objects.create(term=protecting.IBAN_COOL_OFF, valid_from=NOW.date(), margin=3)
    pays_by_debit()
    return opened(anna)


def token() -> str:
    message = Message.objects.filter(kind="request_protected").order_by("id").first()
    return str(message.link_arguments["token"])


def test_a_first_mandate_waits_for_nobody(anna):
    activity = opened(anna)
    assert activity.not_before is None
    assert not Message.objects.filter(kind="request_protected").exists()


def test_revoking_first_or_being_quicker_than_the_bank_evades_no_protection(anna):
    Terms.objects.create(term=protecting.IBAN_COOL_OFF, valid_from=NOW.date(), margin=3)
    olga = user("olga", roles=[Role.BACK_OFFICE])
    first = opened(anna)
    assert first.not_before is None
    second = opened(anna, once="b")
    assert second.not_before is not None, "the first is not executed yet"
    ending.cancel(second, now=NOW, by_id=anna.pk)
    ending.execute(first, answer="Fatto", now=NOW, by_id=olga.pk)
    assert opened(anna, once="c").not_before is not None, "billing has it, its copy here not yet"
    Activity.objects.exclude(status="executed").delete()
    Activity.objects.update(kind="direct_debit_revocation")
    assert opened(anna, once="d").not_before is not None, "the debit has just been revoked"
    Activity.objects.exclude(status="executed").delete()
    Activity.objects.update(executed_at=NOW - timedelta(days=31))
    assert opened(anna, once="e").not_before is None


def test_a_change_of_account_is_told_everywhere_and_waits(anna):
    olga = user("olga", roles=[Role.BACK_OFFICE])
    activity = changed(anna)
    told = Message.objects.filter(kind="request_protected").values_list("address", flat=True)
    assert sorted(told) == ["anna@example.it", "casa@example.it"]
    with pytest.raises(TooEarly):
        handling.execute(activity.number, seen=activity.version, answer="", by=olga, now=NOW + timedelta(days=2))
    later = NOW + timedelta(days=3)
    done = handling.execute(activity.number, seen=activity.version, answer="", by=olga, now=later)
    assert done.status in (Status.EXECUTED, Status.TAKEN)


def test_who_has_no_address_for_mails_gets_a_letter(anna):
    anna.email = ""
    anna.save()
    Customer.objects.update(email=None, street="Via Grandi", municipality="Mirandola", postcode="41037")
    changed(anna)
    (letter,) = Message.objects.filter(kind="request_protected_letter")
    assert "27/11/2026" in compose(letter).text


def test_a_visit_stops_nothing_and_one_press_does(anna, client):
    activity = changed(anna)
    where = reverse("stop_request", args=[token()])
    assert client.get(where).status_code == 200
    assert Activity.objects.get().status == Status.NEW
    for _ in range(2):
        assert "is stopped" in client.post(where, headers={"accept-language": "en"}).content.decode()
    assert Activity.objects.get().status == Status.CANCELLED
    told = Message.objects.filter(kind="request_stopped")
    assert sorted(told.values_list("address", flat=True)) == ["anna@example.it", "casa@example.it"]
    assert activity.number in told[0].subject
    waiting = Activity.objects.for_the_desk().open().get()
    assert waiting.attention == "stopped"
    operator = user("olga", roles=[Role.BACK_OFFICE])
    handling.note(waiting.number, seen=waiting.version, text="Called", files=(), by=operator, now=NOW, once="n")
    assert Activity.objects.for_the_desk().open().get().attention == "stopped", "a note settles nothing"


@pytest.fixture
def stopped(anna, client):
    activity = changed(anna)
    client.post(reverse("stop_request", args=[token()]))
    return Activity.objects.get(pk=activity.pk), user("olga", roles=[Role.BACK_OFFICE])


def told(kind):
    return sorted(Message.objects.filter(kind=kind).values_list("address", flat=True))


def test_what_was_stopped_goes_on_once_an_operator_has_made_sure(stopped):
    activity, olga = stopped
    said = {"seen": activity.version, "answer": "Non deve fare altro.", "text": "Chiamata al fisso", "by": olga}
    for _ in range(2):
        activity = handling.carry_on(activity.number, **said, now=NOW, once="c")
    assert (activity.status, activity.attention, activity.owner, activity.round) == (Status.TAKEN, "", olga, 1)
    assert told("request_resumed") == ["anna@example.it", "casa@example.it"]
    assert iban.is_valid(activity.asked["iban"]), "it can still be executed"
    assert activity.remarks.get().sort == "note"
    assert Event.objects.filter(name="activities.direct_debit_carried_on", actor=olga).count() == 1


def test_what_was_stopped_stays_cancelled_for_good(stopped, anna):
    activity, olga = stopped
    activity = handling.leave_stopped(activity.number, seen=activity.version, answer="Resta ferma.", by=olga, now=NOW)
    assert (activity.status, activity.attention, activity.answer) == (Status.CANCELLED, "", "Resta ferma.")
    assert told("request_stays_stopped") == ["anna@example.it", "casa@example.it"]
    assert "*" in Activity.objects.get().asked["iban"]
    assert Event.objects.filter(name="activities.direct_debit_stays_stopped", actor=olga).exists()
    for verb, words in ((handling.carry_on, {"text": "x", "once": "c"}), (handling.leave_stopped, {})):
        with pytest.raises(IllegalMove):
            verb(activity.number, seen=activity.version, answer="x", by=olga, now=NOW, **words)


def test_what_its_customer_cancelled_goes_on_for_nobody(anna):
    activity = changed(anna)
    activity = handling.cancel(activity.number, by=anna, now=NOW)
    olga = user("olga", roles=[Role.BACK_OFFICE])
    for verb in (handling.carry_on, handling.take_up_again):
        with pytest.raises(IllegalMove):
            answer = {"answer": "x"} if verb is handling.carry_on else {"files": ()}
            verb(activity.number, seen=activity.version, text="x", by=olga, now=NOW, once="c", **answer)


def test_a_link_that_is_old_or_of_what_is_over_stops_nothing(anna):
    activity = changed(anna)
    with pytest.raises(DeadStop):
        protecting.stop("x" * 43, now=NOW)
    with pytest.raises(DeadStop):
        protecting.stop(token(), now=NOW + timedelta(days=11))
    handling.cancel(activity.number, by=anna, now=NOW)
    with pytest.raises(DeadStop):
        protecting.stop(token(), now=NOW)


def test_that_the_bank_refuses_is_told_once_with_its_reason(anna):
    activity = opened(anna)
    ending.execute(activity, answer=None, now=NOW, by_id=None)
    found = mandate("aligning")
    DirectDebitMandate.objects.update(code=direct_debit.reference(activity))
    following.follow(["C1"], now=NOW)
    told = Message.objects.filter(kind="request_bank_refused")
    assert found and not told.exists()
    DirectDebitMandate.objects.update(status="refused", reason="Il conto è estinto")
    for _ in range(2):
        following.follow(["C1"], now=NOW)
    assert told.get().address == "anna@example.it"
    assert "Il conto è estinto." in compose(told.get()).text
