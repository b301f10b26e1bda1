"""Into every form of requests every other field that our records have, and every hidden one of other forms: none is heard."""

from typing import Any

import pytest
import time_machine
from django.db import models
from django.test import Client

from sportello.desks.backoffice.requests.acting import DECIDES, WRITES
from sportello.desks.website.tests import asking as visitor
from sportello.domain.activities.kinds.catalogue import KINDS, asked_for
from sportello.domain.activities.kinds.tests.samples import TAKES_EVERYTHING, data_for, furnished
from sportello.domain.activities.models import Activity, Attachment, Remark, Visitor
from sportello.domain.customers.models import (
    BillingAccount,
    Customer,
    Invoice,
    InvoiceRecipient,
    InvoiceSubscription,
    Supply,
)
from sportello.domain.ledger.models import LedgerRow
from tests import asking as desk
from tests import factories

pytestmark = pytest.mark.django_db
RECORDS = (
    Activity, Remark, Visitor, Attachment, LedgerRow, Customer, BillingAccount, Supply, Invoice, InvoiceSubscription,
    InvoiceRecipient,
)  # fmt: skip
# What differs between any two requests.
OWN = {"id", "number", "once", "activity", "key", "about_key", "command", "receipt", "file", "version", "subscription"}
HIDDEN = (
    "by_hand",
    "suspect",
    "was",
    "seen",
    "channel",
    "asked",
    "user",
    "round",
    "customer_id",
    "owner_id",
    "roles",
    "is_staff",
)


@pytest.fixture(autouse=True)
def at_noon(settings: Any):
    settings.BILLING_CONNECTOR = TAKES_EVERYTHING
    settings.DEMO = True
    with time_machine.travel(factories.NOW, tick=False):
        yield


def planted(sent: dict[str, Any], *, beside: tuple[str, ...] = ()) -> dict[str, Any]:
    """What was sent, with a value for everything else that anything of ours is called. ``beside`` are fields that the form
    has, though nothing was typed there."""
    values = {
        "status": "executed",
        "customer": "C2",
        "customer_id": "C2",
        "kind": "complaint",
        "number": "A-1",
        "round": "7",
    }
    names = {field.name for model in RECORDS for field in model._meta.get_fields() if isinstance(field, models.Field)}
    names |= {field.attname for model in RECORDS for field in model._meta.concrete_fields} | {*HIDDEN}
    extra = {name: values.get(name, "1") for name in sorted(names - {*sent} - {*beside})}
    return {
        **extra,
        **{f"visitor-{name}": value for name, value in extra.items() if "visitor-name" not in sent},
        **sent,
    }


def records(model: type[models.Model]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name.removesuffix("_id") not in OWN}
        for row in model._default_manager.order_by("pk").values()
    ]


def everything() -> dict[str, Any]:
    return {model.__name__: records(model) for model in RECORDS}


def test_each_kind_of_a_customer() -> None:
    anna = furnished()
    factories.customer("C2")
    client = Client()
    client.force_login(anna)
    for code, kind in asked_for():
        left = []
        data = data_for(anna, kind)
        own = tuple(kind.form.base_fields)
        for sent in (data, planted(data, beside=(*own, "supply", "account", "invoice", "files"))):
            reply = client.post(f"/requests/new/{code}/", sent)
            assert reply.status_code == 302, code
            left.append(everything())
            for model in (LedgerRow, Activity, InvoiceSubscription):
                model._default_manager.all().delete()
        assert left[0] == left[1], code
        assert left[0]["Activity"][0]["customer_id"] == "C1"


VERBS = [("say", {"text": "Ancora."}), ("reopen", {"text": "No."}), ("cancel", {})]


@pytest.mark.parametrize(("verb", "typed"), VERBS)
def test_what_a_customer_does_with_his_request(verb: str, typed: dict[str, str]) -> None:
    anna = furnished()
    factories.customer("C2")
    client = Client()
    client.force_login(anna)
    left = []
    for times, sent in enumerate((typed, planted(typed, beside=("once", "files")))):
        ended = {"status": "executed", "executed_at": factories.NOW} if verb == "reopen" else {}
        number = desk.asked(f"A-2600000{times}", **ended).number
        assert client.post(f"/requests/{number}/{verb}/", sent).status_code == 302
        left.append(everything())
        Activity.objects.all().delete()
    assert left[0] == left[1]
    assert left[0]["Activity"][0]["status"] == {"say": "new", "reopen": "taken", "cancel": "cancelled"}[verb]


def test_what_a_visitor_sends() -> None:
    left = []
    for plant in (False, True):
        client = visitor.browser()
        typed = visitor.typed()
        sent = planted(typed, beside=tuple(name.removeprefix("visitor-") for name in typed)) if plant else typed
        assert client.post(visitor.FORM, sent).status_code == 302
        message = {"text": "Ancora."}
        assert (
            client.post("/ask/request/", planted(message, beside=("once", "files")) if plant else message).status_code
            == 302
        )
        left.append(everything())
        Activity.objects.all().delete()
    assert left[0] == left[1]
    assert left[0]["Activity"][0]["customer_id"] is None and len(left[0]["Remark"]) == 1


FIELDS: dict[str, dict[str, Any]] = {
    "note": {"text": "Una"}, "answer": {"text": "Una"}, "ask": {"text": "Quale?"}, "execute": {"answer": "Fatto."},
    "refuse": {"words": "No.", "reason": ""}, "due": {"due_on": "2026-12-18", "why": "Serve."}, "take": {}, "give_back": {},
    "by_hand": {"answer": "Fatto."}, "retry": {}, "reopen": {"why": "Era sbagliato."}, "read": {}, "sure": {},
    "assign": {"to": "person:0", "due_on": "", "why": "Tua."}, "post": {}, "mail": {}, "said_done": {"text": "Fatto."},
    "said_missing": {"text": "Manca."}, "carry_on": {"why": "Ho telefonato.", "answer": "Va avanti."}, "leave_stopped": {"answer": "Resta ferma."},
}  # fmt: skip
MAIL = {"kind": "personal_data", "asked": {"phone": "+393334821190"}}
STOPPED = {"status": "cancelled", "ended_at": factories.NOW, "attention": "stopped"}
DONE = {"status": "executed", "executed_at": factories.NOW}
# How the request stands on which a verb is tried, if not as it came in.
STANDS: dict[str, dict[str, Any]] = {
    "give_back": {"status": "taken"}, "by_hand": {"attention": "refused"}, "retry": {"attention": "refused", **MAIL},
    "reopen": DONE, "read": {"attention": "wrote"}, "sure": {"attention": "stopped", **DONE},
    "carry_on": STOPPED, "leave_stopped": STOPPED, "said_done": {"status": "taken"}, "said_missing": {"status": "taken"},
}  # fmt: skip
# What the forms of operators are made of; a verb that does not ask for one must not hear it either, so only its own are left.
BESIDE = {
    "due": ("past_the_limit",),
    "refuse": ("reason", "words"),
    "note": ("files",),
    "answer": ("files",),
    "ask": ("files",),
}


@pytest.mark.parametrize("verb", FIELDS)
def test_what_an_operator_does(verb: str) -> None:
    olga = factories.user("olga", roles=["back_office"])
    factories.customer("C2")
    client = Client()
    client.force_login(olga)
    left = []
    for plant in (False, True):
        owner = {"owner": olga} if verb in ("said_done", "said_missing") else {}
        desk.asked(desk.NUMBER, **STANDS.get(verb, {}), **owner)
        typed = {"verb": verb, **desk.carried(client), **FIELDS[verb]}
        if verb == "assign":
            typed["to"] = f"person:{olga.pk}"
        sent = planted(typed, beside=BESIDE.get(verb, ())) if plant else typed
        where = desk.WRITE if verb in WRITES else desk.DECIDE
        assert client.post(where, sent).status_code == 302
        left.append(everything())
        LedgerRow.objects.all().delete()
        Activity.objects.all().delete()
    assert left[0] == left[1]


def test_every_verb_of_an_operator_is_tried() -> None:
    assert set(FIELDS) == {*WRITES, *DECIDES}


def test_the_comparison_would_notice_one_that_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: with a form that takes over what it does not know, the first test fails."""
    kept = KINDS["information"].form.asked
    monkeypatch.setattr(
        KINDS["information"].form, "asked", lambda form: {**kept(form), "status": form.data.get("status")}
    )
    with pytest.raises(AssertionError):
        test_each_kind_of_a_customer()
