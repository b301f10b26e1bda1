"""Who walks: fourteen kinds of person, two customers whose pages they may see, two strangers full of canaries."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client

from sportello.desks.website import visits
from sportello.domain.accounts import changes, links
from sportello.domain.accounts.models import Link
from sportello.domain.activities import drafts, mandate_copies, opening, proof_mails
from sportello.domain.activities.models import (
    Activity,
    Appointment,
    AssignmentRule,
    Bound,
    Grant,
    ReadingRules,
    Reply,
    SavedView,
    SelfReading,
    StopLink,
    Terms,
    Visitor,
)
from sportello.domain.calendars import feeds
from sportello.domain.customers.documents.keeping import MEDIA_TYPES, Kind
from sportello.domain.customers.documents.versions import billings_version, versioned
from sportello.domain.customers.models import (
    BillingAccount,
    Customer,
    Feed,
    Invoice,
    InvoiceRecipient,
    Meter,
    MeterReading,
    Payment,
    SetAside,
    Supply,
    Usage,
)
from sportello.domain.files.attachments import Attached
from sportello.domain.files.models import KeptFile
from sportello.domain.files.tests.papers import bare
from sportello.domain.invoice_mail import links as invoice_links
from sportello.domain.invoice_mail.models import Sending
from sportello.domain.journal.models import record
from sportello.domain.messages.models import Message, Wording
from sportello.domain.people.models import Absence, Office, Role, User
from tests import factories, second_factors
from tests.access.canaries import TAKEN, Canaries

NOBODY = "visitor"
READING_STAFF = {"back_office", "call_center", "manager"}
TO_DECIDE = "A-26999001"  # the number of the reading that waits for an operator
VISIT = "A-26999002"  # a visitor's, which every browser here has opened or found
ON_THE_DESK = "A-26999003"  # of the request that waits for an operator
NEIGHBOUR = "NEIGHBOUR"  # of the customer whom an operator finds


@dataclass(frozen=True, slots=True)
class Person:
    kind: str
    client: Client
    signed_in: bool = False
    staff: bool = False
    customers: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    own: dict[str, str] = field(default_factory=dict)  # what is his alone, by kind of object

    def admitted_by(self, policy: str) -> bool:
        """What each policy means, said a second time."""
        return self.sees_all(policy) or any(self._admitted_by(one) for one in policy.split(" or "))

    def sees_all(self, policy: str) -> bool:
        """Comes in by a role, to which every customer's objects are open."""
        wanted = [one.removeprefix("staff:").split(",") for one in policy.split(" or ") if one.startswith("staff:")]
        return any(role in roles for roles in wanted for role in self.roles)

    def _admitted_by(self, policy: str) -> bool:
        if policy.startswith("staff:"):
            return False
        return {
            "public": True,
            "demo": settings.DEMO,
            "watchers": settings.DEMO,  # where no token is set
            "signed in": self.signed_in,
            "customer": bool(self.customers),
            "staff": self.staff,
            "agents": "agent" in self.roles,
        }[policy]


@dataclass(frozen=True, slots=True)
class Stranger:
    customer: Customer
    objects: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    people: list[Person]
    own: dict[str, str]
    strangers: list[Stranger]
    canaries: Canaries
    for_staff: Canaries  # what staff may see and nobody else
    for_reading_staff: Canaries  # what those of them may see who look at readings

    def own_of(self, person: Person) -> dict[str, str]:
        """What there is to ask for as his own: his customers' objects, his own, or another person's where he has none."""
        return {**self.person("owner").own, **self.own, **person.own}

    def forbidden_to(self, person: Person) -> list[Canaries]:
        forbidden = [self.canaries]
        if not person.staff:
            forbidden.append(self.for_staff)
        if not set(person.roles) & READING_STAFF:
            forbidden.append(self.for_reading_staff)
        return forbidden

    def person(self, kind: str) -> Person:
        return next(person for person in self.people if person.kind == kind)


def today() -> date:
    return date.today()  # noqa: DTZ011


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def own_household(code: str) -> Invoice:
    """Days of even distance from today, so that none of them is a canary's."""
    books = factories.account(factories.customer(code), balance=Decimal("-34.10"))  # a credit is shown as a sum
    point = factories.supply(books, started_on=date(2020, 1, 1))
    factories.invoice(
        books, f"{code}/PAID", issued_on=ago(120), due_on=ago(90), period_from=ago(200), period_to=ago(130),
        paid=Decimal("121.40"), supply_codes=[point.code],
    )  # fmt: skip
    bill = factories.invoice(
        books, f"{code}/OPEN", issued_on=ago(40), due_on=ago(10), period_from=ago(130), period_to=ago(50),
        paid=Decimal("21.40"), supply_codes=[point.code], has_xml=True,
    )  # fmt: skip
    factories.payment(bill, Decimal("21.40"), paid_on=ago(6))
    meter = factories.meter(point)
    # The day after the last one, from which a meter may be read again, is shown too: it is nearer than any canary.
    for days, value in ((130, 1234), (8, 1432)):
        factories.reading(point, read_on=ago(days), values=value, meter=meter)
    keep(bill, b"%PDF-1.7 own", b"<FatturaElettronica/>")
    return bill


def keep(bill: Invoice, pdf: bytes, xml: bytes) -> None:
    version = billings_version(versioned(Invoice.objects.filter(number=bill.number)).get())
    for kind, content in ((Kind.PDF, pdf), (Kind.XML, xml)):
        KeptFile.objects.all().keep(
            kind=kind, key=bill.number, version=version, media_type=MEDIA_TYPES[kind], content=content,
            now=datetime.now(UTC),
        )  # fmt: skip


def people(first: Customer, second: Customer) -> list[Person]:
    """``first`` is the one that everybody who may reach anybody may reach."""
    nobody = Client()
    having_asked(nobody)
    made = [Person(NOBODY, nobody)]
    for role in Role:
        made.append(person(f"staff: {role}", roles=[role], staff=True))
    made[1].own["request on the desk"] = given_to_an_agent(first)
    made.append(person("staff: two roles", roles=[Role.AGENT, Role.BACK_OFFICE], staff=True))
    made.append(person("owner", first))
    made.append(person("holder of two", first, second))
    made.append(person("staff and customer", first, roles=[Role.CALL_CENTER], staff=True))
    ended = person("access has ended")
    factories.access(User.objects.get(username="access has ended"), first, ended_at=factories.NOW)
    made.append(ended)
    made.append(person("nothing linked"))
    inactive = person("inactive")
    User.objects.filter(username="inactive").update(is_active=False)
    made.append(Person("inactive", inactive.client, own=inactive.own))
    return made


def person(kind: str, *customers: Customer, roles: list[Role] | None = None, staff: bool = False) -> Person:
    user = factories.user(kind, first_name="Somebody", roles=roles or [])
    for customer in customers:
        factories.access(user, customer)
    client = Client()
    client.force_login(user)
    having_asked(client)
    codes = tuple(customer.code for customer in customers)
    if staff:
        view = SavedView.objects.create(person=user, name="Mine", question="?whose=mine", saved_at=factories.NOW)
    return Person(
        kind,
        client,
        signed_in=True,
        staff=staff,
        customers=codes,
        roles=tuple(roles or ()),
        own=what_is_his(user, client) | ({"kept list": str(view.pk)} if staff else {}),
    )


def given_to_an_agent(customer: Customer) -> str:
    """A request that the agent among the people has been given; no others are there for him."""
    agent, now = User.objects.get(username=f"staff: {Role.AGENT}"), datetime.now(UTC)
    activity = Activity.objects.create(
        number="A-26999006", kind="information", channel="portal", customer=customer, automatic=False, owner=agent,
        asked={"topic": "other", "text": "For the agent"}, opened_at=now,
    )  # fmt: skip
    Grant.objects.create(activity=activity, person=agent, granted_at=now, until=ago(-30))
    return activity.number


def having_asked(client: Client) -> None:
    session = client.session
    session[visits.KEY] = VISIT
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)


def visit(number: str, *, name: str, text: str, file: bytes) -> None:
    """What a visitor has asked, with a file."""
    now = datetime.now(UTC)
    activity = Activity.objects.create(
        number=number, kind="information", status="new", channel="website", automatic=False, opened_at=now,
        asked={"topic": "other", "text": text},
    )  # fmt: skip
    Visitor.objects.create(activity=activity, name=name, answer_by="email", email=f"{name.lower()}@example.it")
    opening.attach(activity, [Attached("file.pdf", "application/pdf", file)], remark=None, now=now)


def what_is_his(user: User, client: Client) -> dict[str, str]:
    """A passkey, with which he has come in a moment ago, and his session."""
    passkey = second_factors.passkey(user)
    second_factors.shown(client, passkey)
    session = UserSession.objects.create(user=user, session_key=client.session.session_key, ip="127.0.0.1")
    return {"passkey": str(passkey.pk), "session": str(session.pk)}


def stranger(canaries: Canaries, *, company: bool) -> Stranger:
    """A customer with login, account, supply, bill, payment and documents, a canary in every field that can hold one."""
    fields = canaries.fields(Customer, kind="company" if company else "person", language="it")
    if not company:
        fields["company_name"] = ""
    customer = Customer.objects.create(**fields)
    account = BillingAccount.objects.create(**canaries.fields(BillingAccount, customer=customer))
    supply = Supply.objects.create(
        **canaries.fields(
            Supply, customer=customer, billing_account=account, service="gas", status="active",
            point_code=canaries.digits(14), ended_on=None,
        )
    )  # fmt: skip
    bill = stranger_bill(canaries, account, supply)
    stranger_readings(canaries, supply)
    payment = Payment.objects.create(
        **canaries.fields(
            Payment, customer=customer, billing_account=account, status="executed", channel=None, returned_on=None
        )
    )
    payment.allocations.create(invoice=bill, amount=canaries.decimal())
    pdf, xml = canaries.text().encode(), canaries.text().encode()
    keep(bill, b"%PDF-1.7 " + pdf, b"<FatturaElettronica>" + xml + b"</FatturaElettronica>")
    login = factories.user(
        customer.code.lower(),
        first_name=canaries.text(),
        last_name=canaries.text(),
        email=f"{canaries.text().lower()}@example.it",
    )
    factories.access(login, customer)
    Activity.objects.create(
        number=canaries.text(20), kind="registration", status="new", channel="portal", customer=customer,
        opened_by=login, opened_at=datetime.now(UTC),
    )  # fmt: skip
    record("accounts.nonsense", now=datetime.now(UTC), about=("user", str(login.pk)), customer_code=canaries.text())
    record("accounts." + canaries.text(), now=datetime.now(UTC), about=("user", str(login.pk)))
    passkey = second_factors.passkey(login, name=canaries.text())
    session = UserSession.objects.create(
        user=login, session_key=canaries.text(), ip="127.0.0.1", user_agent=canaries.text()
    )
    words = (
        customer.code,
        customer.last_name,
        customer.tax_code,
        supply.point_code,
        supply.code,
        bill.number,
        account.code,
    )
    given = stranger_reading(canaries, supply, number=canaries.text(20))
    asked = stranger_request(canaries, supply, bill, login)
    objects = {
        "invoice": bill.number,
        "supply": supply.code,
        "passkey": str(passkey.pk),
        "session": str(session.pk),
        "photo": given,
        "request": asked,
        "invoice address": invoice_address(customer, f"{canaries.text()}@example.it".lower()),
        "file of a request": f"{asked}-1",
        "mandate": mandate_of(
            customer.code, canaries.text(20), account.code, {name: canaries.text() for name in OWN_MANDATE}
        ),
    }
    return Stranger(customer, objects, tuple(word for word in words if word))


def stranger_readings(canaries: Canaries, supply: Supply) -> None:
    """A meter, two readings that count and one that does not, and a delivery."""
    whose = {"customer_id": supply.customer_id, "supply": supply}
    dial = factories.register(code=canaries.text(), unit=canaries.text(), serial=canaries.text())
    meter = Meter.objects.create(
        **canaries.fields(Meter, **whose, kind="simple", registers=[dial], removed_on=None, remote_read=False)
    )
    for validation in ("", "valid", "refused"):
        values = [{"register": dial["code"], "value": canaries.digits(9)}]
        MeterReading.objects.create(
            **canaries.fields(
                MeterReading, **whose, meter_code=meter.code, values=values, origin="self", occasion="periodic",
                validation=validation, superseded_by=None,
            )
        )  # fmt: skip
    Usage.objects.create(**canaries.fields(Usage, **whose, measure="delivery"))


def invoice_address(customer: Customer, address: str, *, token: str = "") -> str:
    """Where invoices shall go by e-mail and nobody has confirmed it yet; returns its key."""
    now = datetime.now(UTC)
    (recipient,) = factories.invoice_subscription(customer, f"?{address}", started_at=now).recipients.all()
    digest = proof_mails.digest(token) if token else None
    InvoiceRecipient.objects.update_or_create(
        pk=recipient.pk, defaults={"digest": digest, "asked_at": now, "expires_at": now + timedelta(days=7)}
    )
    return str(recipient.pk)


def given_reading(
    supply: Supply, *, number: str, photo: bytes, answer: str = "", attention: str = "", **fields: Any
) -> str:
    """A self-reading with its photo; returns its number."""
    now = datetime.now(UTC)
    KeptFile.objects.keep(
        kind="reading_photo", key=number, version="1", media_type="image/jpeg", content=b"\xff\xd8\xff" + photo, now=now
    )
    activity = Activity.objects.create(
        number=number, kind="self_reading", status="new", channel="portal", customer_id=supply.customer_id, supply=supply,
        attention=attention, answer=answer, opened_at=now,
    )  # fmt: skip
    values: dict[str, Any] = {
        "meter_code": f"M-{supply.code}", "read_on": ago(2), "values": {"R-total": "1500"}, "verdict": "kept",
        "reasons": ["smaller"], "photo": KeptFile.objects.get(kind="reading_photo", key=number),
    }  # fmt: skip
    SelfReading.objects.create(activity=activity, supply=supply, **{**values, **fields})
    return number


def stranger_reading(canaries: Canaries, supply: Supply, *, number: str, attention: str = "") -> str:
    values = {canaries.text(): canaries.digits(9)}
    fields = canaries.fields(SelfReading, values=values, previous=values, reasons=["smaller"])
    answer, photo = canaries.text(), canaries.text().encode()
    return given_reading(supply, number=number, photo=photo, answer=answer, attention=attention, **fields)


def own_request(bill: Invoice) -> str:
    """One that is open, with a message."""
    activity = Activity.objects.create(
        number="A-26999004", kind="information", status="taken", channel="portal", customer_id=bill.customer_id,
        automatic=False, invoice_number=bill.number, asked={"topic": "other", "text": "?"}, opened_at=datetime.now(UTC),
    )  # fmt: skip
    activity.remarks.create(side="staff", sort="question", text="Which?", at=datetime.now(UTC))
    opening.attach(activity, [Attached("own.pdf", "application/pdf", bare())], remark=None, now=datetime.now(UTC))
    return activity.number


def stranger_request(canaries: Canaries, supply: Supply, bill: Invoice, login: User) -> str:
    """With a canary in whatever was asked, said and attached, and a draft of another."""
    now, number = datetime.now(UTC), canaries.text(20)
    activity = Activity.objects.create(
        number=number, kind="information", status="taken", channel="portal", customer_id=supply.customer_id, supply=supply,
        automatic=True, invoice_number=bill.number, account_code=bill.billing_account_id, answer=canaries.text(),
        asked={"topic": "other", "text": canaries.text()}, opened_by=login, opened_at=now, due_on=canaries.day(),
        limit_on=canaries.day(),
    )  # fmt: skip
    activity.opened()
    remark = activity.remarks.create(side="customer", sort="message", text=canaries.text(), by=login, at=now)
    KeptFile.objects.keep(
        kind="attachment",
        key=f"{number}-1",
        version="1",
        media_type="application/pdf",
        content=canaries.text().encode(),
        now=now,
    )
    kept = KeptFile.objects.get(kind="attachment", key=f"{number}-1")
    activity.attachments.create(remark=remark, position=1, name=canaries.text(), file=kept, at=now)
    drafts.keep(login, "information", supply.customer_id, {"text": [canaries.text()]}, now)
    return number


OWN_MANDATE = {
    "iban": "IT60X0542811101000000123456", "bank": "Banca", "branch": "", "branch_address": "", "holder_last_name": "Rossi",
    "holder_first_name": "Mario", "holder_tax_code": "RSSMRA80A01F257G", "signatory": "holder", "signatory_name": "",
    "signatory_tax_code": "",
}  # fmt: skip


def mandate_of(customer_code: str, number: str, account_code: str, asked: dict[str, str]) -> str:
    """A request for direct debit, not on anybody's desk, of which there is a mandate to be printed; returns its number."""
    activity = Activity.objects.create(
        number=number, kind="direct_debit", status="taken", channel="portal", customer_id=customer_code,
        account_code=account_code, automatic=True, asked=asked, opened_at=datetime.now(UTC),
    )  # fmt: skip
    return activity.number


def own_mandate(bill: Invoice) -> str:
    """With its copy, so that there is nothing to wait for."""
    number = mandate_of(bill.customer_id, "A-26999005", bill.billing_account_id, OWN_MANDATE)
    version = mandate_copies.version_of(Activity.objects.get(number=number))
    KeptFile.objects.keep(
        kind=mandate_copies.KIND, key=number, version=version, media_type="application/pdf", content=b"%PDF-1.7 own",
        now=datetime.now(UTC),
    )  # fmt: skip
    return number


def neighbour(canaries: Canaries) -> None:
    """A customer whose reading waits for an operator, who sees all that helps him to decide."""
    fields = canaries.fields(Customer, kind="person", language="it", company_name="", code=NEIGHBOUR)
    customer = Customer.objects.create(**fields)
    invoice_address(customer, f"{canaries.text()}@example.it".lower())
    account = factories.account(customer, canaries.text())
    supply = Supply.objects.create(
        **canaries.fields(
            Supply, customer=customer, billing_account=account, service="gas", status="active",
            point_code=canaries.digits(14), ended_on=None,
        )
    )  # fmt: skip
    stranger_readings(canaries, supply)
    stranger_reading(canaries, supply, number=TO_DECIDE, attention="kept")
    Activity.objects.create(
        number=ON_THE_DESK, kind="information", channel="portal", customer=customer, supply=supply, automatic=False,
        asked={"topic": "other", "text": canaries.text()}, answer=canaries.text(), opened_at=datetime.now(UTC),
    )  # fmt: skip


def stranger_bill(canaries: Canaries, account: BillingAccount, supply: Supply) -> Invoice:
    line = {
        "description": canaries.text(), "amount": str(canaries.decimal()), "section": canaries.text(),
        "quantity": str(canaries.decimal(3)), "unit": canaries.text(), "unit_price": str(canaries.decimal(6)), "vat_rate": "10",
    }  # fmt: skip
    rate = {"rate": "10", "taxable": str(canaries.decimal()), "tax": str(canaries.decimal())}
    values = canaries.fields(
        Invoice, customer_id=account.customer_id, billing_account=account, supply_codes=[supply.code], kind="period_actual",
        consumption_unit="Smc", collection="", slip_code=canaries.digits(18), lines=[line], vat=[rate], has_xml=True,
    )  # fmt: skip
    values["paid"] = (values["amount"] / 2).quantize(Decimal("0.01"))  # open, and overdue
    return Invoice.objects.create(**values)


def records_for_staff(for_staff: Canaries, canaries: Canaries) -> None:
    """A record that waits for billing: staff see its code and why, nobody sees what is in it."""
    now = datetime.now(UTC)
    SetAside.objects.create(
        kind="invoice", code=for_staff.text(), customer_code=for_staff.text(), reason=for_staff.text(),
        record={"name": canaries.text(), "amount": str(canaries.decimal())}, first_seen_at=now, last_seen_at=now,
    )  # fmt: skip


def without_strangers() -> tuple[list[Person], dict[str, str]]:
    Feed.objects.create(connector="embedded", as_of=datetime.now(UTC))
    bill = own_household("OWN1")
    second = own_household("OWN2")
    photo = given_reading(Supply.objects.get(code=bill.supply_codes[0]), number="A-26999000", photo=b"own")
    rules = ReadingRules.objects.create(service="gas", valid_from=ago(-30))
    terms = Terms.objects.create(term="information", valid_from=ago(-30), limit=30)
    visit(VISIT, name="Gino", text="A question", file=bare())
    own = {
        "mandate": own_mandate(bill),
        "invoice": bill.number,
        "supply": bill.supply_codes[0],
        "colour": settings.COMPANY_COLOUR[1:],
        "photo": photo,
        "request": own_request(bill),
        "kind of request": "information",
        "file of a request": "A-26999004-1",
        "rules": str(rules.pk),
        "terms": str(terms.pk),
        "bound": str(Bound.objects.create(name="closing_notice", valid_from=ago(-30), value=5).pk),
        "text": "recovery_link-it",
        "ready reply": str(Reply.objects.create(use="answer", code="own", italian="Testo").pk),
        "member of staff": str(factories.user("colleague", roles=[Role.AGENT]).pk),
        "version of a text": str(version_to_come().pk),
        "kind for visitors": "information",
        "visitor's file": "1",
        "reading to decide": TO_DECIDE,
        "request on the desk": ON_THE_DESK,
        "customer on the desk": NEIGHBOUR,
        "invoice address": invoice_address(bill.customer, "own@example.it"),
        "link of an invoice": invoice_link(bill),
    }
    everybody = people(bill.customer, second.customer)
    return everybody, own | what_was_sent() | the_house()


def appointment(person: User) -> str:
    start = datetime.now(UTC) + timedelta(days=30)
    made = Appointment.objects.create(
        customer=factories.customer("MEETS"), person=person, subject="Meter",
        place="Here", starts_at=start, ends_at=start + timedelta(hours=1), once="once", made_at=start,
    )  # fmt: skip
    return str(made.pk)


def the_house() -> dict[str, str]:
    """An office, a rule, who works there, when he is away, and the address of his calendar."""
    now = datetime.now(UTC)
    manager = User.objects.get(username=f"staff: {Role.MANAGER}")
    office = Office.objects.create(name="Office")
    rule = AssignmentRule.objects.create(place=1, office=office, valid_from=ago(-30))
    absence = Absence.objects.create(person=manager, first_day=ago(-30), entered_at=now)
    return {
        "kept list": str(SavedView.objects.get(person=manager).pk),
        "appointment": appointment(manager),
        "office": str(office.pk),
        "rule of assignment": str(rule.pk),
        "member of the team": str(manager.pk),
        "absence": str(absence.pk),
        "calendar feed": feeds.new_key(manager, now=now),
    }


def invoice_link(bill: Invoice) -> str:
    """The token in the mail of an invoice, which opens without signing in."""
    now, token = datetime.now(UTC), "token-of-an-invoice"
    Bound.objects.create(name="link_days", valid_from=ago(10), value=8)
    message = Message.objects.create(
        kind="invoice_link", language="it", channel="mail", address="mailed@example.it", subject="Fattura", state="sent",
        message_id="<mailed@localhost>", created_at=now, next_attempt_at=now, sent_at=now, customer_code=bill.customer_id,
    )  # fmt: skip
    subscription = bill.customer.invoice_subscriptions.get()
    subscription.recipients.create(position=4, address="mailed@example.it", added_at=now, verified_at=now)
    Sending.objects.create(
        invoice=bill, customer_code=bill.customer_id, address="mailed@example.it", mode="link", says="1", message=message,
        asked_at=now, digest=invoice_links.digest(token),
    )  # fmt: skip
    return token


def version_to_come() -> Wording:
    """A text of a message that holds tomorrow."""
    now = datetime.now(UTC)
    return Wording.objects.create(
        kind="recovery_link", language="it", valid_from=now + timedelta(days=1), at=now,
        subject="Scelga", paragraphs=["Gentile {name}"], action="Scegli",
    )  # fmt: skip


def what_was_sent() -> dict[str, str]:
    """A link to choose a password, one to prove an address, and a mail: whoever holds the link may open it."""
    user, now = factories.user("forgetful", email="forgetful@example.it"), datetime.now(UTC)
    for purpose in Link.Purpose:
        Link.objects.create(
            user=user, purpose=purpose, channel=Link.Channel.MAIL, digest=links.digest(f"token-of-{purpose}"),
            email="new@example.it", made_at=now, expires_at=now + timedelta(hours=1),
        )  # fmt: skip
    changes.change_username(user, username="forgetful.too", now=now)
    mail = Message.objects.exclude(kind="invoice_link").get()
    asked = Activity.objects.create(
        number="A-26999100",
        kind="direct_debit",
        channel="portal",
        customer=factories.customer("STOPS"),
        opened_at=now,
        asked={"iban": "IT60X0542811101000000123456"},
    )
    invoice_address(asked.of_customer, "stops@example.it", token="token-of-invoices")
    StopLink.objects.create(activity=asked, digest=links.digest("token-of-stop"), expires_at=now + timedelta(days=1))
    return {
        "invoice address link": "token-of-invoices",
        "recovery link": "token-of-recovery", "proof link": "token-of-email", "stop link": "token-of-stop",
        "mail": str(mail.pk),
    }  # fmt: skip


def add_strangers() -> tuple[list[Stranger], Canaries, Canaries, Canaries]:
    TAKEN.clear()
    canaries, for_staff, for_reading_staff = Canaries(), Canaries(), Canaries(dated=False)
    strangers = [stranger(canaries, company=False), stranger(canaries, company=True)]
    records_for_staff(for_staff, canaries)
    read = for_reading_staff  # a visitor's request is for whoever is at the desk
    visit(read.text(20), name=read.text(), text=read.text(), file=bare(more=b"% " + canaries.text().encode()))
    neighbour(for_reading_staff)
    return strangers, canaries, for_staff, for_reading_staff


def assemble() -> Cast:
    made, own = without_strangers()
    return Cast(made, own, *add_strangers())
