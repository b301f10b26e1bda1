"""Who can sign in to the demo, and the file that says so to people and programs."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sportello.demo.crowd import NEWCOMERS
from sportello.demo.protagonists import Protagonist

PASSWORD = "prova-sportello-2026"  # noqa: S105 (printed at every start; such logins work in the demo alone)
QUESTION, ANSWER = "first_teacher", "maestra Ines"  # of every customer

HOUSE = "example.com"  # where the mails of the staff go; nothing leaves the demo

# user name, first name, last name, role
STAFF = (
    ("agente", "Luca", "Morselli", "agent"),
    ("callcenter", "Giada", "Ferrari", "call_center"),
    ("backoffice", "Paolo", "Malavasi", "back_office"),
    ("crediti", "Sara", "Bonfatti", "credit_checker"),
    ("responsabile", "Elena", "Ottani", "manager"),
    ("admin", "Marco", "Reggiani", "administrator"),
    ("reclami", "Chiara", "Gozzi", "back_office"),
    ("contratti", "Dario", "Bellei", "back_office"),
)
# name, who works there
OFFICES = (
    ("Clienti e contratti", ("backoffice", "contratti")),
    ("Reclami", ("reclami", "responsabile")),
    ("Call center", ("callcenter",)),
    ("Credito", ("crediti",)),
)
# Whom what goes to when it comes in: kind, office.
RULES = (
    ("complaint", "Reclami"),
    ("invoice_correction", "Reclami"),
    ("", "Clienti e contratti"),
)


def make(cast: Sequence[Protagonist], *, now: datetime) -> list[dict[str, Any]]:
    """Makes every login that is not there yet, and returns the cast as ``var/cast.json`` holds it."""
    from sportello.domain.people.models import User

    known = set(User.objects.values_list("username", flat=True))
    entries = []
    for person in cast:
        entries.append(customer_entry(person))
        if person.key not in known:
            make_customer(person, now=now)
    for username, first_name, last_name, role in STAFF:
        entries.append({"role": role, "username": username, "password": PASSWORD, "name": f"{first_name} {last_name}"})
        if username not in known:
            User.objects.create_user(
                username=username,
                password=PASSWORD,
                first_name=first_name,
                last_name=last_name,
                roles=[role],
                email=f"{username}@{HOUSE}",
                is_demo=True,
            )
    make_house(now=now)
    return entries


def make_house(*, now: datetime) -> None:
    """Offices with their people, and the rules by which they get work; what is there already stays as it is."""
    from sportello.domain.activities.models import AssignmentRule
    from sportello.domain.people.models import Office, User

    if Office.objects.exists():
        return
    for name, members in OFFICES:
        address = f"{name.lower().replace(' ', '.')}@{HOUSE}"
        office = Office.objects.create(name=name, calendar_address=address)
        User.objects.filter(username__in=members, is_demo=True).update(office=office)
    for place, (kind, name) in enumerate(RULES, start=1):
        office = Office.objects.get(name=name)
        AssignmentRule.objects.create(place=place, kind=kind, office=office, valid_from=now.date())


def customer_entry(person: Protagonist) -> dict[str, Any]:
    return {
        "role": "customer",
        "username": person.key,
        "password": PASSWORD,
        "name": f"{person.first_name} {person.last_name}",
        "customers": list(person.customer_codes),
        "email": person.email if person.proven else "",
        "answer": ANSWER,
        "about": person.about,
    }


def newcomers() -> list[dict[str, Any]]:
    """Customers who have not been here yet, with what stands on their bills."""
    from sportello.demo.company import SEED, web_code
    from sportello.domain.customers.models import Customer, CustomerAccess
    from sportello.domain.people import printed_codes

    known = CustomerAccess.objects.values("customer_id")
    return [
        {
            "role": "customer",
            "username": "",
            "password": "",
            "name": customer.name,
            "customers": [customer.code],
            "customer_number": customer.code,
            "tax_code": customer.tax_code,
            "web_code": printed_codes.shown(web_code(SEED, customer.code)),
            "about": "not here yet: first access with the web code"
            + ("" if customer.email else "; billing knows no e-mail address"),
        }
        for customer in Customer.objects.filter(code__in=NEWCOMERS).exclude(code__in=known).order_by("code")
    ]


def make_customer(person: Protagonist, *, now: datetime) -> None:
    from django.db import transaction

    from sportello.domain.accounts.answers import set_question
    from sportello.domain.customers.models import Customer, CustomerAccess
    from sportello.domain.people.models import User

    with transaction.atomic():
        user = User.objects.create_user(
            username=person.key,
            password=PASSWORD,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email if person.proven else "",
            language=person.language,
            is_demo=True,
        )
        set_question(user, key=QUESTION, own_words="", answer=ANSWER, known=(), now=now)
        for code in Customer.objects.filter(code__in=person.customer_codes).values_list("code", flat=True):
            CustomerAccess.objects.create(user=user, customer_id=code, granted_at=now)


def write(entries: list[dict[str, Any]], path: Path) -> None:
    """Writes the cast whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n")
    partial.rename(path)
