"""Writes what nobody should ever type into every text of every request, past all forms: run inside the demo.

``python -m sportello shell --no-imports -c "from tests.browser import planting; planting.plant()"`` prints what there is to look
at, as JSON; ``planting.pull()`` takes it away again.
"""

import json
from datetime import timedelta
from itertools import cycle
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from sportello.domain.activities import handling
from sportello.domain.activities.kinds.base import RequestForm
from sportello.domain.activities.kinds.catalogue import KINDS
from sportello.domain.activities.kinds.fields import AmountField
from sportello.domain.activities.models import Activity, Attachment, Remark, Visitor, next_number
from sportello.domain.activities.opening import ATTACHMENT
from sportello.domain.customers.models import CustomerAccess
from sportello.domain.files.attachments import Attached
from sportello.domain.files.models import KeptFile
from sportello.domain.files.tests.papers import bare
from sportello.domain.messages.composing import compose
from sportello.domain.messages.models import Message
from sportello.domain.people.models import User

ONCE = "planted"
SEEN = "{{7*7}}"  # in every text that is long enough: nothing must have worked it out
CORPUS = (
    f"{SEEN}<script>alert(1)</script>",
    f"{SEEN}\"'><img src=x onerror=alert(1)>",
    f"{SEEN}</textarea></title><svg/onload=alert(1)>",
    f"{SEEN}%s%n%(number)s${{7*7}}{{% x %}}",
    f"{SEEN}a\r\nBcc: x@example.it\r\n\r\n<b>b",
    f"{SEEN}\u202egnirts\u2066'; DROP TABLE x;--",
    f"{SEEN}" + "W" * 90,
    f"{SEEN}=cmd|' /C calc'!A0&lt;i&gt;&#x27;\U0001f986",
)
pieces = cycle(CORPUS)
FIT = {"iban": "IT60X0542811101000000123456", "country": "IT", "province": "MO", "email": "x@example.it"}


def asked_of(form: type[RequestForm]) -> dict[str, Any]:
    """The corpus in each field that a person writes, something likely in all others."""
    found = {}
    for name, field in form.base_fields.items():
        if name in ("once", "confirmed", "files"):
            continue
        if name in FIT:
            found[name] = FIT[name]
        elif isinstance(field, forms.ChoiceField):
            values = [str(value) for value, _ in field.choices if value]
            found[name] = values[0] if values else "3"
        elif isinstance(field, forms.DateField):
            found[name] = (timezone.localdate() + timedelta(days=30)).isoformat()
        elif isinstance(field, AmountField):
            found[name] = "10.00"
        elif isinstance(field, forms.BooleanField):
            found[name] = True
        elif isinstance(field, forms.CharField):
            long = field.max_length is None or field.max_length > 500
            found[name] = "\n".join(CORPUS) if long else next(pieces)
    return found | {"addresses": list(CORPUS[:4])}  # which a form gathers from several fields


def opened(kind: str, **fields: Any) -> Activity:
    now = timezone.now()
    activity = Activity.objects.create(
        number=next_number(now), kind=kind, channel="portal", asked=asked_of(KINDS[kind].form), automatic=False,
        opened_at=now, due_on=timezone.localdate(), **fields,
    )  # fmt: skip
    activity.once = f"{ONCE}:{activity.number}"
    activity.save(update_fields=["once"])
    return activity


def version_of(activity: Activity) -> int:
    return Activity.objects.get(pk=activity.pk).version


def talked_about(activity: Activity, by: User) -> None:
    now, text = timezone.now(), "\n".join(CORPUS)
    files = [Attached(each[:100], "application/pdf", bare()) for each in CORPUS[:3]]
    for what, verb in (("n", handling.note), ("a", handling.answer), ("q", handling.ask)):
        seen = version_of(activity)
        if what == "q":
            seen = handling.take(activity.number, seen=seen, by=by, now=now).version
        once = f"{what}{activity.number}"
        verb(activity.number, seen=seen, text=text, files=files, by=by, now=now, once=once)
    handling.say(activity.number, text=text, files=files, by=None, now=now, once=f"m{activity.number}")
    seen = version_of(activity)
    handling.refuse(activity.number, seen=seen, answer=text, by=by, now=now)


def visited(kind: str, answer_by: str, **asked: Any) -> Activity:
    activity = opened(kind)
    activity.asked |= asked
    activity.save(update_fields=["asked"])
    text = {
        name: next(pieces) for name in ("name", "customer_code", "phone", "street", "street_number", "municipality")
    }
    longest = {field.name: field.max_length for field in Visitor._meta.fields}
    given = {name: value[: longest[name]] for name, value in text.items()}
    Visitor.objects.create(activity=activity, answer_by=answer_by, email="gino@example.it", receipt="x", **given)
    return activity


@transaction.atomic
def plant(who: str = "franco") -> None:
    by, user = User.objects.get(username="backoffice"), User.objects.get(username=who)
    customer = CustomerAccess.objects.filter(user=user, ended_at=None).order_by("pk").first().customer
    supply, bill = customer.supplies.order_by("pk").first(), customer.invoices.order_by("pk").first()
    of = {"customer": customer, "supply": supply, "invoice_number": bill.number if bill else "", "opened_by": user}
    customers = [opened(code, **of) for code, kind in KINDS.items() if kind.customers]
    visitors = [visited("complaint", "post"), visited("information", "phone"), visited("information", "email")]
    for activity in (*customers, *visitors):
        talked_about(activity, by)
    suspect = visited("information", "email", suspect=["trap", CORPUS[0]])
    about = Message.objects.filter(about_key__in=[each.number for each in (*customers, *visitors)])
    each_sort = about.order_by("kind", "channel").distinct("kind", "channel")
    found = {
        "customers": [each.number for each in customers],
        "visitors": [each.number for each in (*visitors, suspect)],
        "letters": [each.about_key for each in about.filter(channel="letter")],
        "messages": [each.pk for each in each_sort],
        "html": [compose(each).html for each in each_sort.filter(channel="mail")],
    }
    print(json.dumps(found))


def pull() -> None:
    planted = Activity.objects.filter(once__startswith=ONCE)
    files = list(Attachment.objects.filter(activity__in=planted).values_list("file_id", flat=True))
    Message.objects.filter(about_key__in=planted.values("number")).delete()
    Remark.objects.filter(activity__in=planted).delete()
    planted.delete()
    KeptFile.objects.filter(pk__in=files, kind=ATTACHMENT).delete()
