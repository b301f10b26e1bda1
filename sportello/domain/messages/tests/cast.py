"""Kinds, recipients and a clock for the tests of this room."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from sportello.domain.messages.kinds import Kind, Text
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import Message
from sportello.domain.messages.writing import write

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TOKEN = "CANARY-TOKEN-4711"
CODE_VALUE = "CANARY-CODE-0815"
ADDRESS = "canary.maria@example.it"
NAME = "Canary Bianchi"

LINK = Kind(
    name="test_link",
    placeholders={"when": "24/11/2026"},
    texts={
        "it": Text(
            subject="Il Suo collegamento per {company}",
            paragraphs=("Gentile {name},", "l’ha chiesto il {when}."),
            action="Scelga la password",
        ),
        "en": Text(
            subject="Your link for {company}",
            paragraphs=("Dear {name},", "you asked for it on {when}."),
            action="Choose the password",
        ),
    },
)
NOTICE = Kind(
    name="test_notice",
    placeholders={"what": "qualcosa"},
    texts={
        "it": Text(subject="Avviso: {what}", paragraphs=("Gentile {name},", "le comunichiamo {what}.")),
        "en": Text(subject="Notice: {what}", paragraphs=("Dear {name},", "we tell you {what}.")),
    },
)
CODE = Kind(
    name="test_code",
    placeholders={"code": "AB-CD"},
    secrets=frozenset({"code"}),
    texts={
        "it": Text(subject="Il Suo codice", paragraphs=("Il codice è {code}.",)),
        "en": Text(subject="Your code", paragraphs=("The code is {code}.",)),
    },
)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


def link_mail(**changes: Any) -> Message:
    fields: dict[str, Any] = {
        "to": ADDRESS,
        "name": NAME,
        "language": "it",
        "values": {"when": "20/11/2026"},
        "now": NOW,
        "link": Link("invoice", {"number": TOKEN}),
        **changes,
    }
    return write(LINK, **fields)


def notice(what: str = "questo", **changes: Any) -> Message:
    fields: dict[str, Any] = {"to": ADDRESS, "name": NAME, "language": "it", "now": NOW, **changes}
    return write(NOTICE, values={"what": what}, **fields)


def code_mail() -> Message:
    return write(CODE, to=ADDRESS, name=NAME, language="it", values={"code": CODE_VALUE}, now=NOW)


def waiting(task: str = "messages.send") -> list[dict[str, Any]]:
    jobs = ProcrastinateJob.objects.filter(status="todo", task_name=task).order_by("id")
    return [job.args for job in jobs]


def lose_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def certificate(path: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made - timedelta(days=1))
        .not_valid_after(made + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    return path
