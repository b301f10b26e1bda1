"""A customer on one page: what somebody has to look at first, what holds today, and what has happened, the latest first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from sportello.billing.loading import connector
from sportello.desks.policies import LOOKERS, REQUEST_STAFF
from sportello.domain.activities.models import Activity, ActivityKind
from sportello.domain.customers.balances import ToPay, balance_of, to_pay
from sportello.domain.customers.freshness import look, with_feed
from sportello.domain.customers.models import (
    BillingAccount,
    Customer,
    CustomerAccess,
    DirectDebitMandate,
    Invoice,
    InvoiceSubscription,
    MeterReading,
    Payment,
    Supply,
)
from sportello.domain.invoice_mail.log import Came, log_of
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.journal.models import Event, record
from sportello.domain.messages.models import Message
from sportello.domain.people.models import User
from sportello.ui.formats import ROME, day, money, number

LATEST: Final = 30  # of a sort
OF_EACH: Final = 10  # where all sorts stand together: a firm's two hundred readings of a month must not hide the rest
MOST_SUPPLIES: Final = 10
RETURNED_LATELY: Final = timedelta(days=180)
SEEN_AGAIN: Final = timedelta(minutes=15)  # within which another look of the same person is the same look
FAILED: Final = (Came.REFUSED, Came.DEAD, Came.BOUNCED)
SORTS: Final[dict[str, str | Promise]] = {
    "": gettext_lazy("Everything"),
    "requests": gettext_lazy("Requests"),
    "invoices": gettext_lazy("Invoices"),
    "readings": gettext_lazy("Readings"),
    "messages": gettext_lazy("Messages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What somebody has to know before he says anything else; ``bad`` where it is late or money is missing."""

    words: str
    link: str
    bad: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that has happened. ``at`` is a moment, or noon of a day of which no more is known."""

    at: datetime
    timed: bool
    sort: str
    icon: str
    words: str
    link: str = ""
    detail: str = ""
    activity: Activity | None = None


@REQUEST_STAFF
@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """That somebody has looked is written down, once in a quarter of an hour."""
    customer = get_object_or_404(with_feed(Customer.objects.all()), code=code)
    now = timezone.now()
    note_look(customer, by_id=cast(User, request.user).pk, now=now)
    today, sort = timezone.localdate(), request.GET.get("sort", "")
    sort = sort if sort in SORTS else ""
    accounts = list(BillingAccount.objects.filter(customer=customer).order_by("code"))
    supplies = list(Supply.objects.filter(customer=customer).order_by("code")[: MOST_SUPPLIES + 1])
    owing = to_pay(Invoice.objects.filter(customer=customer))
    asked = activities_of(customer)
    invoices = list(Invoice.objects.filter(customer=customer).newest_first()[:LATEST])
    story = story_of(customer, asked, invoices)
    context = {
        "tab": "customers",
        "customer": customer,
        "may_look": LOOKERS.admits(request),
        "today": today,
        "alarms": [*money_alarms(customer, owing, today), *request_alarms(asked, today)],
        "accounts": accounts,
        "balance": balance_of(accounts),
        "owing": owing,
        "supplies": supplies[:MOST_SUPPLIES],
        "more_supplies": len(supplies) > MOST_SUPPLIES,
        "mandates": list(DirectDebitMandate.objects.filter(customer=customer).holding().order_by("code")),
        "subscriptions": list(InvoiceSubscription.objects.filter(customer=customer).order_by("supply_id")),
        "logins": list(CustomerAccess.objects.filter(customer=customer, ended_at=None).select_related("user")),
        "story": [each for each in story if each.sort == sort][:LATEST] if sort else some_of_each(story),
        "sort": sort,
        "sorts": SORTS,
        "fresh": look([code], billing=connector(settings.BILLING_CONNECTOR), now=now, read=customer),
    }
    return render(request, "backoffice/customer_page.html", context)


def note_look(customer: Customer, *, by_id: int, now: datetime) -> None:
    mine = Event.objects.about("customer", customer.code).filter(name="backoffice.customer_seen", actor=by_id)
    if not mine.filter(at__gt=now - SEEN_AGAIN).exists():
        about = ("customer", customer.code)
        record("backoffice.customer_seen", now=now, actor_id=by_id, about=about, customer_code=customer.code)


def activities_of(customer: Customer) -> list[Activity]:
    """Those that are open, and the latest of all."""
    mine = Activity.objects.filter(customer=customer).select_related("owner").order_by("-opened_at", "-pk")
    found = {each.pk: each for each in (*mine.open()[:LATEST], *mine[:LATEST])}
    return sorted(found.values(), key=lambda each: (each.opened_at, each.pk), reverse=True)


def mails_of(invoices: Sequence[Invoice]) -> dict[str, list[Came]]:
    """How the e-mails with each invoice stand, the latest first."""
    numbers = [each.number for each in invoices]
    sendings = Sending.objects.filter(invoice__in=numbers).select_related("message").order_by("-pk")
    found: dict[str, list[Came]] = {}
    for entry in log_of(sendings):
        found.setdefault(entry.sending.invoice_id, []).append(entry.came)
    return found


# --- alarms ----------------------------------------------------------------------------------------------------------


def money_alarms(customer: Customer, owing: ToPay, today: date) -> Iterator[Alarm]:
    overdue = owing.overdue(today)
    if overdue:
        first = min(each.due_on for each in overdue if each.due_on is not None)
        said = ngettext(
            "%(num)s invoice overdue: %(amount)s, since %(day)s",
            "%(num)s invoices overdue: %(amount)s, since %(day)s",
            len(overdue),
        )
        amount = money(sum((each.asked for each in overdue), Decimal(0)))
        words = said % {"num": len(overdue), "amount": amount, "day": day(first)}
        yield Alarm(words=words, link=invoice_link(overdue[0].number))
    if owing.contested:
        words = _("%(amount)s contested: it is not asked for until that is decided") % {
            "amount": money(owing.contested_amount)
        }
        yield Alarm(words=words, link=invoice_link(owing.contested[0].number), bad=False)
    returned = Payment.objects.filter(customer=customer, returned_on__gte=today - RETURNED_LATELY)
    last = returned.order_by("-returned_on").first()
    if last is not None and last.returned_on is not None:
        values = {"amount": money(last.amount), "day": day(last.returned_on)}
        yield Alarm(words=_("A direct debit of %(amount)s came back on %(day)s") % values, link="")


def request_alarms(asked: Iterable[Activity], today: date) -> Iterator[Alarm]:
    """Complaints that run, what is late, and what waits for somebody."""
    for each in asked:
        if each.is_over and not each.attention:
            continue
        late = (today - each.due_on).days if each.due_on and not each.is_over else 0
        if late > 0:
            said = ngettext("%(kind)s %(number)s is %(num)s day late", "%(kind)s %(number)s is %(num)s days late", late)
            yield Alarm(words=said % named(each, num=late), link=request_link(each))
        elif each.attention:
            said = _("%(kind)s %(number)s: %(why)s")
            yield Alarm(words=said % named(each, why=str(each.get_attention_display())), link=request_link(each))
        elif each.kind == ActivityKind.COMPLAINT:
            said = (
                _("A complaint is under way: %(number)s, due on %(day)s")
                if each.due_on
                else _("A complaint is under way: %(number)s")
            )
            values = named(each, day=day(each.due_on) if each.due_on else "")
            yield Alarm(words=said % values, link=request_link(each), bad=False)


def named(activity: Activity, **more: object) -> dict[str, object]:
    return {"kind": activity.get_kind_display(), "number": activity.number, **more}


def request_link(activity: Activity) -> str:
    name = "staff_reading" if activity.kind == ActivityKind.SELF_READING else "staff_request"
    return "" if activity.kind == ActivityKind.REGISTRATION else reverse(name, args=[activity.number])


def invoice_link(number: str) -> str:
    return reverse("staff_invoice", args=[number])


# --- the story -------------------------------------------------------------------------------------------------------


def story_of(customer: Customer, asked: Iterable[Activity], invoices: Sequence[Invoice]) -> list[Told]:
    """The latest of each sort, the latest of all first."""
    told = [*requests(asked), *bills(invoices), *readings(customer), *messages(customer)]
    return sorted(told, key=lambda each: each.at, reverse=True)


def some_of_each(story: Iterable[Told]) -> list[Told]:
    seen: Counter[str] = Counter()
    chosen = []
    for each in story:
        seen[each.sort] += 1
        if seen[each.sort] <= OF_EACH:
            chosen.append(each)
    return chosen


def requests(asked: Iterable[Activity]) -> Iterator[Told]:
    for each in asked:
        detail = f"{each.number} · {each.get_channel_display()}"
        if each.owner is not None:
            detail += f" · {each.owner.get_full_name() or each.owner.username}"
        yield Told(
            at=each.opened_at,
            timed=True,
            sort="requests",
            icon="it-files",
            words=str(each.get_kind_display()),
            link=request_link(each),
            detail=detail,
            activity=each,
        )


def bills(invoices: Sequence[Invoice]) -> Iterator[Told]:
    mails = mails_of(invoices)
    for each in invoices:
        name = _("Credit note %(number)s") if each.amount < 0 else _("Invoice %(number)s")
        yield Told(
            at=noon(each.issued_on),
            timed=False,
            sort="invoices",
            icon="it-file",
            words=name % {"number": each.number},
            link=invoice_link(each.number),
            detail=" · ".join(filter(None, [money(each.amount), mailed(mails.get(each.number, []))])),
        )


def mailed(came: Sequence[Came]) -> str:
    """What has become of an invoice's e-mails, in a few words."""
    failed = sum(each in FAILED for each in came)
    if failed:
        return ngettext("%(num)s e-mail did not arrive", "%(num)s e-mails did not arrive", failed) % {"num": failed}
    sent = sum(each in (Came.SENT, Came.TWICE, Came.DELAYED) for each in came)
    return (
        ngettext("e-mailed to %(num)s address", "e-mailed to %(num)s addresses", sent) % {"num": sent} if sent else ""
    )


def readings(customer: Customer) -> Iterator[Told]:
    found = MeterReading.objects.filter(customer=customer).select_related("supply").newest_first()
    for each in found[:LATEST]:
        where = each.supply.short_address or each.supply_id
        yield Told(
            at=noon(each.read_on),
            timed=False,
            sort="readings",
            icon="it-settings",
            words=_("Reading: %(values)s") % {"values": " / ".join(map(number, each.numbers.values()))},
            detail=f"{each.get_origin_display()} · {each.supply.get_service_display()}, {where}",
        )


def messages(customer: Customer) -> Iterator[Told]:
    """But for invoices, which say themselves whether they have been e-mailed."""
    mine = Message.objects.filter(customer_code=customer.code, lane="").order_by("-pk")
    for each in mine[:LATEST]:
        yield Told(
            at=each.created_at,
            timed=True,
            sort="messages",
            icon="it-mail",
            words=each.subject,
            detail=f"{each.get_channel_display()} · {each.get_state_display()}",
        )


def noon(when: date) -> datetime:
    return datetime.combine(when, time(12), tzinfo=ROME)
