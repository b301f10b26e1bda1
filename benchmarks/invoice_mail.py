"""How many invoices a second go out by e-mail, with a 60 kB PDF and with a link, and what each costs.

Workers send from a filled outbox into postfix's ``smtp-sink``, which counts; each mail is claimed, its invoice looked at
again, sent and recorded. The floor is as many processes that do nothing but write their own MIME into pipelined
connections, into the same sink, in turn with ours. Then what a mail costs while 200,000 wait is held against 1,000.
"""

import os
import socket
import subprocess
import sys
import time
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.serving import ROOT, postgres_cpu
from benchmarks.sink import Sink, sink
from sportello import postgres

MAILS, ROUNDS = 3_000, 3
WORKERS = 4  # processes, of either: each waits part of its time, so that two would not fill two cores
FEW, MANY = 1_000, 200_000
PDF = 60_000  # bytes
RATIO, FLAT = 0.4, 1.2


def run() -> dict[str, dict[str, Any]]:
    var = Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve() / "bench" / "invoice_mail"
    url = postgres.start(var, database="invoice_mail", remember=False)
    try:
        environ = os.environ | {
            "DATABASE_URL": fresh(url), "VAR_DIR": str(var), "LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "sportello.settings", "DEMO": "", "BILLING_DATABASE_URL": "",
        }  # fmt: skip
        subprocess.run([sys.executable, "-m", "sportello", "migrate", "-v0"], env=environ, cwd=ROOT, check=True)
        postmaster = (var / "postgres" / "postmaster.pid").read_text().split()[0]
        with sink() as counting:
            environ["MAIL_URL"] = f"smtp://127.0.0.1:{counting.port}?tls=none"
            return Bench(environ, int(postmaster), counting).run()
    finally:
        postgres.stop(var)


def fresh(url: str) -> str:
    import psycopg

    elsewhere = url.replace("/invoice_mail?", "/postgres?")
    with psycopg.connect(elsewhere, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS invoice_mail WITH (FORCE)")
    postgres.make_database(elsewhere, "invoice_mail")
    return url


# --- in turn ---------------------------------------------------------------------------------------------------------


@dataclass
class Bench:
    environ: dict[str, str]
    postmaster: int
    sink: Sink

    def run(self) -> dict[str, dict[str, Any]]:
        planned = float(self.tell("fill", "pdf"))
        floors, rates, costs, by_cpu = [], [], [], []
        for _ in range(ROUNDS):
            floor, *bare = self.timed("raw")
            floors.append(floor)
            self.tell("again")
            rate, *cost = self.timed("work")
            rates.append(rate)
            costs.append(cost)
            by_cpu.append((bare[0] + bare[2]) / sum(cost))
            words = [", ".join(f"{one:.2f}" for one in each) for each in (bare, cost)]
            print(f"raw {floor:.0f}, ours {rate:.0f} mails/s; ms of senders, PostgreSQL, sink: {words}", flush=True)
        ratio = median(ours / floor for ours, floor in zip(rates, floors, strict=True))
        flat = self.flat()
        links = []
        for _ in range(ROUNDS):
            self.tell("fill", "link")  # what a link leads to is forgotten once its mail has gone
            links.append(self.timed("work")[0])
        worker, server, taking = (round(median(column), 2) for column in zip(*costs, strict=True))
        detail: dict[str, Any] = {"mails": MAILS, "workers": WORKERS, "worker_cpu_ms": worker}
        detail |= {"postgres_cpu_ms": server, "sink_cpu_ms": taking}
        return {
            "invoice_mail_per_s": told(round(median(rates), 1), "mails/s", None, True) | detail,
            "invoice_mail_vs_raw": told(round(ratio, 3), "ratio", f">={RATIO}", ratio >= RATIO)
            | {"raw_per_s": round(median(floors), 1), "by_cpu": round(median(by_cpu), 3)},
            "invoice_mail_link_per_s": told(round(median(links), 1), "mails/s", None, True),
            "invoice_mail_gathered_per_s": told(round(planned, 1), "mails/s", None, True),
            "invoice_mail_flat": told(round(flat[1] / flat[0], 3), "ratio", f"<={FLAT}", flat[1] <= FLAT * flat[0])
            | {"cpu_ms": [round(one, 2) for one in flat], "waiting": [FEW, MANY]},
        }

    def flat(self) -> tuple[float, float]:
        """Milliseconds of processor a mail, worker's and PostgreSQL's, of 3,000 sent: with few waiting, and with many."""
        few, many = [], []
        for _ in range(MAILS // FEW):
            self.tell("again", str(FEW))
            few.append(sum(self.timed("work", count=FEW)[1:3]))
        self.tell("pile", str(MANY))
        for _ in range(MAILS // FEW):
            self.tell("again", str(FEW))
            many.append(sum(self.timed("work", count=FEW)[1:3]))
        self.tell("unpile")
        return sum(few) / len(few), sum(many) / len(many)

    def timed(self, what: str, *, count: int = MAILS) -> tuple[float, float, float, float]:
        """Mails a second at the sink, and the processor's milliseconds a mail: of senders, PostgreSQL and sink."""
        commands = [self.command(what, str(count // WORKERS), str(n)) for n in range(WORKERS)]
        senders = [
            subprocess.Popen(one, env=self.environ, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for one in commands
        ]
        for sender in senders:
            expect(sender, b"ready\n")
        processes = [psutil.Process(sender.pid) for sender in senders]
        taking = [psutil.Process(self.sink.process.pid)]
        before = cpu(processes), postgres_cpu(self.postmaster), cpu(taking)
        target, began = self.sink.taken + count, time.monotonic()
        for sender in senders:
            if sender.stdin:
                sender.stdin.write(b"go\n")
                sender.stdin.flush()
        self.sink.wait_for(target)
        seconds = time.monotonic() - began
        for sender in senders:
            expect(sender, b"done\n")
        after = cpu(processes), postgres_cpu(self.postmaster), cpu(taking)
        for sender in senders:
            sender.communicate(b"end\n", timeout=30)
            if sender.returncode:
                raise RuntimeError("a sender has failed")
        ours, server, taken = ((now - then) * 1000 / count for now, then in zip(after, before, strict=True))
        return count / seconds, ours, server, taken

    def tell(self, *arguments: str) -> str:
        done = subprocess.run(
            self.command(*arguments), env=self.environ, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip() or "0"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "benchmarks.invoice_mail", *arguments]


def expect(sender: "subprocess.Popen[bytes]", line: bytes) -> None:
    if sender.stdout is None or sender.stdout.readline() != line:
        raise RuntimeError("a sender has failed")


def told(value: float, unit: str, target: str | None, holds: bool) -> dict[str, Any]:
    return {"value": value, "unit": unit, "target": target, "holds": holds}


def cpu(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


# --- the floor: a process of its own that knows nothing of the product --------------------------------------------------


def raw(count: int, number: int) -> None:
    """Writes its own MIME into one pipelined connection."""
    port = int(os.environ["MAIL_URL"].split(":")[2].split("?")[0])
    content = os.urandom(PDF)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies = connection.makefile("rb")
        replies.readline()
        connection.sendall(b"EHLO bench\r\n")
        while replies.readline()[3:4] == b"-":
            pass
        ready()
        ask = b"MAIL FROM:<bench@example.it>\r\nRCPT TO:<c%d@example.it>\r\nDATA\r\n"
        connection.sendall(ask % 0)
        for n in range(count):
            for _ in range(3):
                replies.readline()
            following = ask % (n + 1) if n + 1 < count else b"QUIT\r\n"
            connection.sendall(mime(n, number, content) + b".\r\n" + following)
            if not replies.readline().startswith(b"250"):
                raise RuntimeError("the sink has said no")
    done()


def mime(n: int, number: int, content: bytes) -> bytes:
    text = f"Gentile Anna Verdi {n},\r\n\r\nin allegato trova la sua fattura F-{n}.\r\n\r\nCordiali saluti\r\nConcordia\r\n"
    head = (
        f"From: Concordia Energia <bench@example.it>\r\nTo: Anna Verdi {n} <c{n}@example.it>\r\n"
        f"Subject: La sua fattura F-{n}\r\nMessage-ID: <{number}.{n}@example.it>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="=_out"\r\n\r\n--=_out\r\n'
        'Content-Type: multipart/alternative; boundary="=_in"\r\n\r\n'
        f"--=_in\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        f"--=_in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>{text}</p></body></html>\r\n--=_in--\r\n"
        f'--=_out\r\nContent-Type: application/pdf; name="F-{n}.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        f'Content-Disposition: attachment; filename="F-{n}.pdf"\r\n\r\n'
    )
    return head.encode() + encodebytes(content).replace(b"\n", b"\r\n") + b"--=_out--\r\n"


def ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def done() -> None:
    print("done", flush=True)
    sys.stdin.readline()


# --- ours: in processes whose settings are those of the bench's database ----------------------------------------------


def work(count: int, _number: int) -> None:
    """Sends as many mails as it is told to, by what a worker's job does."""
    from django.db import connection
    from django.utils import timezone

    from sportello.domain.invoice_mail.sending import Poster

    connection.ensure_connection()
    with Poster(clock=timezone.now) as poster:
        ready()
        sent = 0
        while sent < count and (some := poster.send_some()):
            sent += some
        done()


def fill(mode: str) -> None:
    """As many customers who subscribed, with an invoice and its PDF each; and what a night's run makes of them."""
    from django.db import transaction
    from django.utils import timezone

    from sportello.domain.customers import models as customers
    from sportello.domain.customers.documents.versions import versioned
    from sportello.domain.files.models import KeptFile
    from sportello.domain.invoice_mail import gathering
    from sportello.domain.invoice_mail.models import Run, Sending
    from sportello.domain.messages.models import Message

    now = timezone.now()
    today = timezone.localdate()
    with transaction.atomic():
        for table in (Sending, Run, Message, KeptFile, customers.InvoiceRecipient, customers.InvoiceSubscription):
            table.objects.all().delete()
        if not customers.Invoice.objects.exists():
            write_customers(today)
        owners = [f"C{n}" for n in range(MAILS)]
        subscriptions = customers.InvoiceSubscription.objects.bulk_create(
            customers.InvoiceSubscription(customer_id=code, mode=mode, started_at=now) for code in owners
        )
        customers.InvoiceRecipient.objects.bulk_create(
            customers.InvoiceRecipient(
                subscription=one,
                position=1,
                address=f"{one.customer_id.lower()}@example.it",
                added_at=now,
                verified_at=now,
            )
            for one in subscriptions
        )
        body = os.urandom(PDF - 200)
        rows = versioned(customers.Invoice.objects.all()).values_list("number", "says", "ours")
        KeptFile.objects.bulk_create(
            (
                KeptFile(
                    kind="invoice_pdf", key=number, version=says + ours, media_type="application/pdf", size=PDF, sha256="",
                    content=b"%PDF-1.7 " + number.encode().ljust(191) + body, kept_at=now,
                )
                for number, says, ours in rows
            ),
            batch_size=200,
        )  # fmt: skip
    ask(("ANALYZE", []))
    run = Run.objects.create(night=today, hour="02:00", started_at=now)
    began = time.monotonic()
    while gathering.gather(run, now=timezone.now()):
        pass
    print(Message.objects.count() / (time.monotonic() - began))
    ask(("ANALYZE", []))


def write_customers(today: Any) -> None:
    from sportello.domain.customers import models as customers

    numbers = range(MAILS)
    customers.Customer.objects.bulk_create(
        customers.Customer(code=f"C{n}", kind="person", first_name="Niccolò", last_name=f"Verdi {n}", language="it")
        for n in numbers
    )
    customers.BillingAccount.objects.bulk_create(
        customers.BillingAccount(code=f"A{n}", customer_id=f"C{n}") for n in numbers
    )
    customers.Supply.objects.bulk_create(
        customers.Supply(
            code=f"S{n}", customer_id=f"C{n}", billing_account_id=f"A{n}", service="gas", status="active",
            street="Via Grandi", street_number="39", municipality="Concordia sulla Secchia",
        )
        for n in numbers
    )  # fmt: skip
    line = {"description": "Quota consumi", "amount": "110.36", "section": "Gas", "quantity": "205", "unit": "Smc"}
    customers.Invoice.objects.bulk_create(
        customers.Invoice(
            number=f"2026/G/{n:07}", customer_id=f"C{n}", billing_account_id=f"A{n}", supply_codes=[f"S{n}"],
            kind="period_actual", issued_on=today, due_on=today, period_from=today, period_to=today, amount="121.40",
            paid="0", lines=[line] * 12, vat=[{"rate": "10", "taxable": "110.36", "tax": "11.04"}],
        )
        for n in numbers
    )  # fmt: skip


AGAIN = """
    UPDATE outbox_message
    SET state = 'queued', sent_at = NULL, attempts = 0, secrets = '{}', link_arguments = '{}', next_attempt_at = created_at
    WHERE id IN (SELECT message_id FROM invoice_mail_sending WHERE address LIKE 'c%%' ORDER BY id LIMIT %s)
"""
PILE = """
    WITH one AS (SELECT * FROM outbox_message WHERE lane <> '' ORDER BY id LIMIT 1), piled AS (
        INSERT INTO outbox_message (kind, language, channel, address, name, reply_to, customer_code, about_kind, about_key,
            subject, values, secrets, link_name, link_arguments, message_id, follows, lane, state, possible_duplicate,
            attempts, created_at, next_attempt_at, claimed_by, failure)
        SELECT kind, language, channel, 'pile' || n || '@example.it', name, reply_to, 'P' || n, about_kind, 'P' || n,
            subject, values, '{}', link_name, '{}', '<pile' || n || '@example.it>', follows, lane, 'queued', false,
            0, created_at, now(), '', ''
        FROM one, generate_series(1, %s) AS n RETURNING id, address, about_key, customer_code
    )
    INSERT INTO invoice_mail_sending (run_id, invoice_number, customer_code, address, repeat, by_hand, mode, says, message_id,
        asked_at, bounce)
    SELECT (SELECT min(id) FROM invoice_mail_run), about_key, customer_code, address, 0, false, 'pdf', '', id, now(), ''
    FROM piled
"""
UNPILE = (
    "DELETE FROM invoice_mail_sending WHERE address LIKE 'pile%'",
    "DELETE FROM outbox_message WHERE address LIKE 'pile%'",
)


def ask(*statements: tuple[str, list[Any]]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement, values in statements:
            cursor.execute(statement, values or None)


def main(what: str, *arguments: str) -> None:
    if what == "raw":
        raw(*map(int, arguments))
        return
    import django

    django.setup()
    if what == "work":
        work(*map(int, arguments))
    elif what == "fill":
        fill(*arguments)
    elif what == "again":
        ask((AGAIN, [int(arguments[0]) if arguments else MAILS]), ("ANALYZE outbox_message", []))
    elif what == "pile":
        ask((PILE, [int(arguments[0])]), ("ANALYZE", []))
    else:
        ask(*((each, []) for each in UNPILE), ("VACUUM ANALYZE outbox_message", []))


if __name__ == "__main__":
    main(*sys.argv[1:])
