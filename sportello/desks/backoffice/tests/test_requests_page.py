"""One request as an operator sees it, and all that he may do to it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice.requests.forms import RefusalForm
from sportello.desks.backoffice.tests.test_readings import XSS
from sportello.domain.activities import following, handling, replies
from sportello.domain.activities.models import Activity, Attachment, Remark, Terms, Visitor
from sportello.domain.customers.models import Customer
from sportello.domain.files.tests.papers import bare
from sportello.domain.journal.models import Event
from sportello.domain.ledger.models import LedgerRow
from sportello.domain.messages.models import Message
from sportello.domain.people.models import User
from tests import asking, factories
from tests.asking import DECIDE, LIST, PATH, WRITE, plain, post

PDF = bare()


def paper(name: str = "contratto.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


# --- what is seen ----------------------------------------------------------------------------------------------------


def test_the_page_says_all_about_it(paolo):
    Terms.objects.create(
        term="information", valid_from=factories.NOW.date() - timedelta(days=99), limit=10, indemnity=25
    )
    day = factories.NOW.date()
    customer = asking.household("C1", phone="0535 000123", tax_code="VRDNNA80A41D969Z")
    bill = factories.invoice(customer.billing_accounts.get(), amount=Decimal("121.40"), paid=Decimal("21.40"))
    asking.asked(
        days=20, due_on=day - timedelta(days=12), limit_on=day - timedelta(days=10), invoice_number=bill.number
    )
    page = plain(paolo.get(PATH))
    for words in (
        "Request for information A-26000001", "Quanto dura il contratto?", "Contract and prices", "Anna Verdi C1",
        "0535 000123", "VRDNNA80A41D969Z", "c1@example.it", "Via Grandi 39", "99990000000123", bill.number, "€121.40", "€21.40",
        "12 days late", "10 days late", "Indemnity due €25.00", "The customer reads Italian.", "In nobody's charge",
    ):  # fmt: skip
        assert words in page, words


def test_a_visitor_is_marked_and_nothing_of_him_is_proven(paolo):
    asking.visit(visitor={"customer_code": "C1", "phone": "0535 1"})
    page = plain(paolo.get(PATH))
    assert "Gino Visitatore" in page and "gino@example.it (not proven)" in page and "C1 (not proven)" in page


def test_an_iban_is_never_shown_whole(paolo):
    asking.asked(asked={"topic": "other", "text": "IT60 X054 2811 1010 0000 0123 456 e IT60X0542811101000000123456"})
    page = plain(paolo.get(PATH))
    assert page.count("IT60 **** 3456") == 2 and "0542811" not in page


def test_looking_is_written_down_without_personal_data(paolo):
    asking.asked()
    paolo.get(PATH)
    event = Event.objects.get(name="backoffice.request_seen")
    assert (event.about_key, event.customer_code, event.detail) == (asking.NUMBER, "C1", {})


def test_the_page_takes_few_queries(paolo):
    asking.asked()
    for count in range(5):
        post(paolo, "note", text=f"n{count}", once=f"o{count}", files=paper())
    with CaptureQueriesContext(connection) as captured:
        assert paolo.get(PATH).status_code == 200
    assert len(captured) <= 20
    assert not any('"content"' in (query["sql"] or "") for query in captured)


@pytest.mark.parametrize("text", XSS)
def test_what_people_write_is_shown_as_text(paolo, text):
    clean = text.replace("\x01", "")
    asking.visit(visitor={"name": text[:200], "phone": text[:40]}, asked={"topic": text, "text": text})
    post(paolo, "note", text=clean, files=paper("<svg onload=alert(1)>.pdf"))
    Activity.objects.update(answer=text)
    pages = [
        paolo.get(PATH),
        paolo.get(LIST),
        paolo.get(LIST, {"q": text}),
        post(paolo, "refuse", ready=text, words=text),
    ]
    Customer.objects.update(last_name=text[:100])
    pages.append(post(paolo, "execute", seen="0", answer=clean or "x"))
    for page in pages:
        body = page.content.decode()
        for wrong in ("<script>alert", "<img src=x", "<svg/onload", "<svg onload", "<b>\x01", ">49<"):
            assert wrong not in body


# --- what is done ----------------------------------------------------------------------------------------------------


def test_from_taking_in_charge_to_the_end(paolo):
    asking.asked()
    assert post(paolo, "take")["Location"] == PATH
    assert asking.now().owner.username == "paolo"
    post(paolo, "note", text="Cliente gentile", files=paper())
    post(paolo, "answer", text="Le scriviamo presto.", once="a")
    assert "It goes out by e-mail." in plain(paolo.get(PATH))
    post(paolo, "ask", text="Quale contratto?", once="q")
    assert asking.now().status == "waiting"
    handling.say(asking.NUMBER, text="Gas", files=(), by=factories.user("anna"), now=factories.NOW, once="s")
    page = plain(paolo.get(PATH))
    for words in (
        "Internal note",
        "Cliente gentile",
        "contratto.pdf",
        "by e-mail",
        "Quale contratto?",
        "The customer wrote",
    ):
        assert words in page or words == "The customer wrote", words
    answer = post(paolo, "execute", answer="Dodici mesi.")
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert (asking.now().status, asking.now().answer) == ("executed", "Dodici mesi.")
    kinds = [*Message.objects.order_by("pk").values_list("kind", flat=True)]
    assert kinds == ["request_answered", "request_asked", "request_answered"]
    story = [
        each.name.removeprefix("activities.information_")
        for each in Event.objects.filter(name__startswith="activities.").order_by("pk")
    ]
    assert story == ["taken", "note", "answer", "waiting", "taken", "executed"]


def test_given_back_it_is_nobodys(paolo, manager):
    asking.asked()
    post(paolo, "take")
    post(manager, "take")
    assert asking.now().owner.username == "elena"
    assert post(manager, "give_back").status_code == 302
    assert (asking.now().status, asking.now().owner) == ("new", None)


def test_a_refusal_has_a_reason_in_the_customers_language(paolo):
    asking.household("C1", language="en", email="anna@example.it")
    asking.asked()
    assert "Tell the customer why" in plain(post(paolo, "refuse"))
    post(paolo, "refuse", ready="twice", words="Regards")
    assert asking.now().answer.startswith("You have asked us for the same") and asking.now().answer.endswith(
        "\n\nRegards"
    )


def test_without_an_address_for_mail_it_is_a_letter_that_can_be_printed(paolo):
    asking.household("C1", email=None, street="Via Roma", street_number="1", postcode="41033", municipality="Concordia")
    asking.asked()
    post(paolo, "answer", text="Dura dodici mesi.")
    assert "A letter is ready to be printed." in plain(paolo.get(PATH))
    page = plain(paolo.get(f"{PATH}letters/"))
    for words in ("Anna Verdi C1 Via Roma 1 41033 Concordia", "Dura dodici mesi.", "Cordiali saluti"):
        assert words in page, words
    letter = Message.objects.get()
    assert "Dura dodici mesi." in plain(paolo.get(f"{PATH}letters/?letter={letter.pk}"))
    assert "Dura dodici mesi." not in plain(paolo.get(f"{PATH}letters/?letter=0"))


def test_a_visitor_who_wants_a_call_is_called(paolo):
    asking.visit(visitor={"answer_by": "phone", "phone": "0535 777"})
    post(paolo, "answer", text="Sì.")
    assert "Call 0535 777" in plain(paolo.get(PATH))
    assert not Message.objects.exists()


def test_the_term_is_not_moved_beyond_the_limit_by_oversight(paolo):
    day = factories.NOW.date()
    asking.asked(due_on=day + timedelta(days=3), limit_on=day + timedelta(days=5))
    later = f"{day + timedelta(days=9)}"
    page = post(paolo, "due", due_on=later, why="Il cliente è in ferie")
    assert "limit is 29/11/2026" in plain(page) and "Il cliente è in ferie" in plain(page)
    assert 'name="past_the_limit"' in page.content.decode()
    assert "This day is over" in plain(post(paolo, "due", due_on="2026-11-23", why="x"))
    assert asking.now().due_on == day + timedelta(days=3)
    assert post(paolo, "due", due_on=later, why="Il cliente è in ferie", past_the_limit="on").status_code == 302
    assert str(asking.now().due_on) == later
    assert Event.objects.get(name="activities.information_due_changed").detail["past_the_limit"] is True
    assert "later than the regulator allows" in plain(paolo.get(PATH))


def test_it_is_reopened_with_a_reason(paolo, manager):
    asking.asked()
    post(paolo, "execute", answer="Fatto.")
    assert "Write something first" in plain(post(manager, "reopen", why=" "))
    assert post(manager, "reopen", why="Risposta sbagliata").status_code == 302
    assert (asking.now().status, asking.now().owner.username) == ("taken", "elena")
    assert Remark.objects.get().sort == "note"


def test_files_that_are_none_are_told_beside_the_field(paolo):
    asking.asked()
    page = post(paolo, "note", text="Resta scritto", files=SimpleUploadedFile("a.pdf", b"MZ no"))
    assert 'id="write-files-error"' in page.content.decode() and "Resta scritto" in plain(page)
    assert not Attachment.objects.exists()


def test_what_has_ended_is_not_ended_again(paolo):
    asking.asked()
    post(paolo, "execute", answer="Fatto.")
    for verb, fields in (
        ("take", {}), ("give_back", {}), ("retry", {}), ("ask", {"text": "?"}), ("execute", {"answer": "B"}), ("by_hand", {"answer": "B"}),
        ("refuse", {"words": "B"}), ("due", {"due_on": "2026-12-01", "why": "B"}),
    ):  # fmt: skip
        assert post(paolo, verb, **fields, once=f"x{verb}").status_code == 409, verb
    assert (asking.now().status, asking.now().answer) == ("executed", "Fatto.")
    assert not Remark.objects.exists()


def test_nobody_reopens_what_is_open(paolo):
    asking.asked()
    assert post(paolo, "reopen", why="x").status_code == 409


@pytest.mark.parametrize("verb", ["", "nonsense", "delete", "note"])
def test_no_verb_at_all_shows_the_page_again(paolo, verb):
    asking.asked()
    assert post(paolo, verb, DECIDE, text="x").status_code == 200
    assert asking.now().version == 0
    assert paolo.get(DECIDE)["Location"] == paolo.get(WRITE)["Location"] == PATH


def test_a_call_center_writes_and_does_not_decide(staff):
    asking.asked()
    carla = staff("carla", "call_center")
    assert post(carla, "note", text="Ha chiamato").status_code == 302
    assert post(carla, "answer", text="Richiamiamo noi", once="b").status_code == 302
    for verb in ("ask", "take", "give_back", "retry", "execute", "by_hand", "refuse", "due", "reopen"):
        hidden = asking.carried(carla)
        assert carla.post(DECIDE, {"verb": verb, "answer": "x", "words": "x", **hidden}).status_code == 404
        assert carla.post(WRITE, {"verb": verb, "answer": "x", "words": "x", "text": "x", **hidden}).status_code == 200
    assert asking.now().status == "new" and Remark.objects.count() == 2
    page = carla.get(PATH).content.decode()
    assert DECIDE not in page and "Back office decides on it." in page


# --- billing ---------------------------------------------------------------------------------------------------------


def test_what_billing_takes_is_sent_and_executed_when_it_is_done(paolo, monkeypatch, settings):
    asking.with_addresses(monkeypatch, settings)
    asking.address()
    assert "Send to billing and execute" in plain(paolo.get(PATH))
    assert post(paolo, "execute", answer="Fatto.").status_code == 302
    assert asking.now().status == "taken" and LedgerRow.objects.get().name == "ChangeMailingAddress"
    page = plain(paolo.get(PATH))
    assert "It is on its way to billing" in page and "Send to billing and execute" not in page


def test_what_billing_does_not_take_is_entered_by_hand(paolo, monkeypatch, settings):
    asking.with_addresses(monkeypatch, settings, taken=False)
    settings.BILLING_CONNECTOR = "sportello.domain.activities.kinds.self_reading.tests.cast.TakesNothing"
    asking.address()
    assert "I have entered it into billing" in plain(paolo.get(PATH))
    post(paolo, "by_hand", answer="Fatto.")
    assert asking.now().status == "executed" and not LedgerRow.objects.exists()


def test_what_billing_refused_is_sent_again_or_done_by_hand(paolo, monkeypatch, settings):
    asking.with_addresses(monkeypatch, settings)
    asking.address()
    post(paolo, "execute", answer="Fatto.")
    LedgerRow.objects.update(state="refused", settled_at=factories.NOW, reason="Via sconosciuta", attempts=1)
    following.follow(["C1"], now=factories.NOW)
    page = plain(paolo.get(PATH))
    assert "Refused by billing" in page and "Via sconosciuta" in page and "Send it to billing again" in page
    post(paolo, "take")
    assert asking.now().attention == "refused", "it is still stopped"
    assert post(paolo, "retry").status_code == 302
    assert LedgerRow.objects.count() == 2 and asking.now().attention == ""
    LedgerRow.objects.filter(state="queued").update(state="refused", settled_at=factories.NOW)
    following.follow(["C1"], now=factories.NOW)
    assert post(paolo, "by_hand", answer="Fatto a mano.").status_code == 302
    assert (asking.now().status, asking.now().answer) == ("executed", "Fatto a mano.")


# --- two at once -----------------------------------------------------------------------------------------------------

TWICE = [
    ("take", {}),
    ("note", {"text": "Una volta"}),
    ("answer", {"text": "Una volta"}),
    ("ask", {"text": "Una volta"}),
    ("execute", {"answer": "Una volta"}),
    ("by_hand", {"answer": "Una volta"}),
    ("refuse", {"words": "Una volta"}),
    ("due", {"due_on": "2026-12-01", "why": "Una volta"}),
]


@pytest.mark.parametrize(("verb", "fields"), TWICE)
def test_sent_twice_it_happens_once_with_the_same_reply(paolo, verb, fields):
    asking.asked()
    hidden = asking.carried(paolo)
    replies = [post(paolo, verb, **hidden, **fields) for _ in range(3)]
    assert {(reply.status_code, reply["Location"]) for reply in replies} in ({(302, PATH)}, {(302, LIST)})
    assert Message.objects.count() <= 1 and Remark.objects.count() <= 1
    events = Event.objects.filter(name__startswith="activities.").count()
    assert events == (2 if verb == "ask" else 1)


@pytest.mark.parametrize("verb", ["give_back", "reopen"])
def test_what_undoes_is_done_once_too(paolo, verb):
    asking.asked()
    post(paolo, "take" if verb == "give_back" else "execute", answer="x")
    hidden = asking.carried(paolo)
    replies = [post(paolo, verb, **hidden, why="Una volta").status_code for _ in range(3)]
    assert replies == [302, 302, 302]
    assert Remark.objects.count() == (1 if verb == "reopen" else 0)


def test_the_second_sees_who_was_quicker_and_keeps_his_words(paolo, manager):
    asking.asked()
    hers = asking.carried(manager)
    post(paolo, "take")
    post(paolo, "answer", text="Ci penso io")
    late = post(manager, "execute", **hers, answer="Le mie parole")
    assert late.status_code == 409
    page = plain(late)
    for words in (
        "Nothing has been done: somebody else was quicker.",
        "Answered , Paolo Conti",
        "Taken in charge , Paolo Conti",
    ):
        assert words in page or words.replace(" ,", ",") in page, words
    assert page.count("Le mie parole") == 2, "to be copied, and in the form"
    assert asking.now().status == "taken"
    assert post(manager, "execute", answer="Le mie parole").status_code == 302


def test_the_same_person_with_other_words_is_told(paolo):
    asking.asked()
    hidden = asking.carried(paolo)
    assert post(paolo, "refuse", **hidden, words="Uno").status_code == 302
    assert post(paolo, "refuse", **hidden, words="Due").status_code == 409
    assert post(paolo, "execute", **hidden, answer="Uno").status_code == 409


def test_the_same_form_from_another_person_is_his_own(paolo, manager):
    asking.asked()
    hidden = asking.carried(paolo)
    assert post(paolo, "note", **hidden, text="Paolo").status_code == 302
    assert (
        post(manager, "note", **{**hidden, **asking.carried(manager), "once": hidden["once"]}, text="Elena").status_code
        == 302
    )
    assert Remark.objects.count() == 2


# --- what is not asked for -------------------------------------------------------------------------------------------

EXTRA = {
    "status": "executed", "owner": "1", "owner_id": "1", "customer": "C2", "version": "9", "number": "A-26000002",
    "limit_on": "2030-01-01", "automatic": "on", "by": "1", "actor": "1", "sent_by": "mail", "side": "customer",
}  # fmt: skip


@pytest.mark.parametrize(("verb", "fields"), TWICE)
def test_fields_that_are_not_the_forms_change_nothing(paolo, verb, fields):
    def after(**extra: str) -> tuple[object, ...]:
        Remark.objects.all().delete()
        Activity.objects.all().delete()
        asking.asked()
        other = asking.asked("A-26000002", "C2")
        post(paolo, verb, once=f"o{len(extra)}", **fields, **extra)
        other.refresh_from_db()
        assert other.version == 0
        values = Activity.objects.filter(number=asking.NUMBER).values_list(
            "status", "owner_id", "customer_id", "version", "due_on", "limit_on", "automatic", "answer"
        )
        return (*values.get(), *Remark.objects.values_list("side", "sort", "by_id", "text"))

    assert after() == after(**EXTRA)
    assert User.objects.filter(username="paolo").exists() and not Visitor.objects.exists()


def test_what_may_still_be_stopped_cannot_be_executed(paolo):
    asking.asked()
    Activity.objects.update(not_before=factories.NOW + timedelta(days=2))
    page = plain(paolo.get(PATH))
    assert "Until 26/11/2026, 10:42 it can be stopped" in page
    assert "Execute and answer" not in page
    assert post(paolo, "execute", answer="Sì").status_code == 409
    assert asking.now().status == "new"


# --- what the customer wrote, what was stopped -----------------------------------------------------------------------


def test_what_the_customer_wrote_is_seen_to_by_a_call_center_too(staff, paolo):
    activity = asking.asked(automatic=True)
    handling.say(activity.number, text="È urgente", files=(), by=None, now=factories.NOW, once="s")
    assert "The customer wrote 1" in plain(paolo.get(LIST)) and asking.NUMBER in plain(paolo.get(LIST))
    agent = staff("giada", "call_center")
    assert "Nothing to answer" in plain(agent.get(PATH))
    hidden = asking.carried(agent)
    for _ in range(2):
        assert post(agent, "read", WRITE, **hidden).status_code == 302
    assert asking.now().attention == "" and "Message read, nothing to answer" in plain(agent.get(PATH))
    assert asking.NUMBER not in plain(paolo.get(LIST))


@pytest.fixture
def stopped(db):
    activity = asking.asked(status="cancelled", ended_at=factories.NOW, attention="stopped")
    factories.access(factories.user("anna", email="anna@example.it"), activity.customer)
    return activity


@pytest.mark.parametrize(
    ("verb", "fields", "status", "mail", "says"),
    [
        (
            "carry_on",
            {"why": "Chiamata al fisso", "answer": "Non deve fare altro."},
            "taken",
            "resumed",
            "goes on and is in",
        ),
        ("leave_stopped", {"answer": "Resta così."}, "cancelled", "stays_stopped", "stays cancelled; everybody"),
    ],
)
def test_what_was_stopped_is_settled_by_an_act_of_its_own(stopped, paolo, manager, verb, fields, status, mail, says):
    page = plain(paolo.get(PATH))
    assert "Stopped: make sure" in page and "Execute and answer" not in page
    hers, hidden = asking.carried(manager), asking.carried(paolo)
    assert post(paolo, verb, **hidden, **dict.fromkeys(fields, "")).status_code == 200, "nothing without words"
    for _ in range(2):
        reply = post(paolo, verb, **hidden, **fields)
        assert reply.status_code == 302
    assert says in plain(paolo.get(LIST))
    assert (asking.now().status, asking.now().attention) == (status, "")
    told = Message.objects.filter(kind=f"request_{mail}").values_list("address", flat=True)
    assert sorted(told) == ["anna@example.it", "c1@example.it"]
    late = post(manager, verb, **hers, **fields)
    assert late.status_code == 409 and "Paolo Conti" in plain(late)
    assert fields["answer"] in plain(late), "what she typed is kept"


def test_a_call_center_does_not_settle_what_was_stopped(stopped, staff):
    agent = staff("giada", "call_center")
    page = plain(agent.get(PATH))
    assert "Stopped: make sure" not in page and "Back office decides on it." in page
    assert post(agent, "carry_on", why="x", answer="x").status_code == 404
    assert asking.now().attention == "stopped"


def test_who_comes_too_late_attaches_his_files_again(paolo, manager):
    asking.asked()
    hers = asking.carried(manager)
    post(paolo, "take")
    late = post(manager, "answer", **hers, text="Le mie parole", files=paper())
    assert late.status_code == 409 and "Attach the files again" in plain(late) and "Le mie parole" in plain(late)
    assert "Attach the files again" in plain(post(manager, "answer", text="", files=paper()))
    assert "Attach the files again" not in plain(post(manager, "answer", text=""))


@pytest.mark.parametrize(
    ("kind", "there", "elsewhere"),
    [
        ("invoice_correction", "the invoice and it is right", "take the supply over"),
        ("change_of_holder", "take the supply over has not", "the invoice and it is right"),
        ("information", "nobody but its holder", "Only the holder of the contract"),
        ("something_else", "with another request", "the invoice and it is right"),
    ],
)
def test_the_ready_reasons_are_those_of_its_kind(db, kind, there, elsewhere):
    asked = Activity(number="A-1", kind=kind)
    Visitor(activity=asked, name="Gino")
    reasons = replies.for_request(asked, "en")["refuse"]
    said = " ".join(reasons.values())
    assert there in said and elsewhere not in said
    form = RefusalForm({"seen": 0, "once": "o", "ready": "right"}, reasons=reasons)
    assert form.is_valid() == (kind == "invoice_correction")


def test_what_could_not_be_stopped_any_more_is_disputed_not_stopped(paolo):
    asking.asked(automatic=True, status="executed", executed_at=factories.NOW, attention="stopped")
    asking.asked("A-26000002", "C2", status="cancelled", ended_at=factories.NOW, attention="stopped")
    for path, words, other in ((PATH, "Disputed", "Stopped"), (f"{LIST}A-26000002/", "Stopped", "Disputed")):
        page = plain(paolo.get(path))
        assert f"{words} by who was told of it" in page and f"{other} by who" not in page
    page = plain(paolo.get(f"{LIST}?why=unsure&state=all"))
    assert "Stopped or disputed 2" in page and "Disputed by who was told of it" in page
