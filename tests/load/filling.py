"""Run as a program: fills the databases of DATABASE_URL with the demo company, or takes them as they are, and sees to it
that there are enough logins. Prints them as JSON.

A process of its own, for the settings of the tests are not those of the house under load.
"""

import json
import sys
from pathlib import Path

LOGIN = "login-"
STAFF = ("backoffice", "callcenter", "responsabile")


def main(path: Path, *, logins: int, persons: int) -> None:
    """``persons`` are those of the company that is invented; 0 takes what is there."""
    import django

    django.setup()
    from sportello.demo.logins import PASSWORD

    if persons:
        fill(persons)
    path.write_text(json.dumps({"password": PASSWORD, "staff": STAFF, "customers": make(logins, PASSWORD)}))


def fill(persons: int) -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from sportello.demo import filling, logins, preparing
    from sportello.demo.cast import PROTAGONISTS
    from sportello.demo.company import build

    for database in ("default", "billing"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    filling.fill_embedded(build(today=timezone.localdate(), persons=persons))
    call_command("align")
    preparing.write_rules()
    logins.make(PROTAGONISTS, now=timezone.now())


def make(logins: int, password: str) -> list[str]:
    """User names, each of a customer of his own as far as there are enough; made with one hash, for speed."""
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from sportello.domain.customers.models import Customer, CustomerAccess, Supply
    from sportello.domain.people.models import User

    names = [f"{LOGIN}{number:05}" for number in range(logins)]
    known = set(User.objects.filter(username__startswith=LOGIN).values_list("username", flat=True))
    taken = CustomerAccess.objects.exclude(user__username__startswith=LOGIN).values("customer_id")
    active = Supply.objects.filter(status="active", service__in=["gas", "electricity", "water"]).values("customer_id")
    codes = list(
        Customer.objects.filter(code__in=active)
        .exclude(code__in=taken)
        .order_by("code")
        .values_list("code", flat=True)[:logins]
    )
    hashed = make_password(password)
    users = User.objects.bulk_create(
        User(
            username=name,
            first_name="Prova",
            last_name=name,
            email=f"{name}@example.com",
            password=hashed,
            is_demo=True,
        )
        for name in names
        if name not in known
    )
    CustomerAccess.objects.bulk_create(
        CustomerAccess(user=user, customer_id=codes[number % len(codes)], granted_at=timezone.now())
        for number, user in enumerate(users, start=len(known))
    )
    return names


if __name__ == "__main__":
    main(Path(sys.argv[1]), logins=int(sys.argv[2]), persons=int(sys.argv[3]))
