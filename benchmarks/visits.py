"""Who visits and what: signs people in and lists the pages of the portal that each may open, as JSON for other processes."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

STRIDE = 1_000  # between the numbers of two copies of a customer
BROWSER = {"Accept-Language": "it-IT,it;q=0.9,en;q=0.8", "Host": "localhost", "User-Agent": "Mozilla/5.0 (X11; Linux)"}
PLAIN = (
    "overview",
    "freshness",
    "invoices",
    "pay",
    "supplies",
    "readings",
    "readings_upload",
    "readings_template",
    "readings_several",
    "requests",
    "account",
    "access_log",
    "change_username",
    "change_password",
    "change_question",
    "saved_code",
    "change_email",
    "remove_email",
    "reminders",
    "add_customer",
    "invoices_zip",
)


def signed_in(user: Any) -> tuple[Any, dict[str, str]]:
    """A client that has signed in, and the headers of its browser."""
    from django.test import Client

    client = Client(headers={"accept-language": BROWSER["Accept-Language"], "host": "localhost"})
    client.force_login(user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return client, BROWSER | {"Cookie": cookies}


def pages_of(user: Any) -> Iterator[tuple[str, str]]:
    """Every page of the portal and every list and file of the documents that may be asked for, but PDFs and XML."""
    from django.urls import reverse

    from sportello.domain.activities.models import Activity
    from sportello.domain.customers.models import Invoice, Meter, Supply

    yield from ((name, reverse(name)) for name in PLAIN)
    invoices = Invoice.objects.within_reach_of(user).newest_first()
    listing = reverse("invoices")
    if newest := invoices.first():
        for question in (
            "page=2",
            "status=open",
            "status=paid",
            f"year={newest.issued_on.year}",
            f"q={newest.number[:6]}",
            f"supply={(newest.supply_codes or [''])[0]}",
        ):
            yield f"invoices?{question.partition('=')[0]}", f"{listing}?{question}"
        yield "invoice", reverse("invoice", args=[newest.number])
        yield "pay_invoice", reverse("pay_invoice", args=[(invoices.open().first() or newest).number])
    for request in Activity.objects.within_reach_of(user).order_by("-opened_at")[:1]:
        yield "request", reverse("request", args=[request.number])
        yield "request_thread", reverse("request_thread", args=[request.number])
    meter = Meter.objects.within_reach_of(user).filter(removed_on=None).order_by("supply_id").first()
    supply = meter.supply_id if meter else Supply.objects.within_reach_of(user).values_list("code", flat=True).first()
    if supply:
        for name in ("supply", "consumption", "consumption_csv", "reading"):
            yield name, reverse(name, args=[supply])
        yield "supplies?q", f"{reverse('supplies')}?q=via"


def main(originals: Sequence[int], copies: Sequence[int]) -> None:
    import django

    django.setup()
    from sportello.domain.people.models import User

    found = []
    for original, copy in zip(originals, copies, strict=True):
        user = User.objects.get(username=f"cliente{original + STRIDE * copy}")
        _, headers = signed_in(user)
        found.append({"original": str(original), "headers": headers, "pages": dict(pages_of(user))})
    print(json.dumps(found))


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
