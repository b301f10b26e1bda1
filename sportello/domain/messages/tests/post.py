"""Mails that people write to the company, and the envelopes in which certified ones (PEC) come."""

from email.message import EmailMessage

from sportello.domain.files.tests.papers import bare

OURS = "ascolto@energia.example"
RECEIVED = "from mx.example by mail.energia.example; Mon, 23 Nov 2026 09:10:00 +0100"


def letter(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    written = {
        "Received": RECEIVED, "From": "Anna Verdi <C1@Example.it>", "To": OURS, "Subject": "Bolletta",
        "Message-ID": "<1@example.it>", "Date": "Mon, 23 Nov 2026 09:00:00 +0100",
    } | {name.replace("_", "-"): value for name, value in headers.items()}  # fmt: skip
    for name, value in written.items():
        if value:
            mail[name] = value
    mail.set_content("Vi scrivo per la bolletta.\n\nGrazie,\nAnna")
    mail.add_attachment(bare(), maintype="application", subtype="pdf", filename="bolletta.pdf")
    mail.add_attachment(b"MZ program", maintype="application", subtype="octet-stream", filename="x.exe")
    return mail


LETTER = letter().as_bytes()


def daticert(day: str) -> bytes:
    return (
        f'<?xml version="1.0"?><postacert tipo="posta-certificata"><dati><data zona="+0100"><giorno>{day}</giorno>'
        "<ora>10:11:12</ora></data></dati></postacert>"
    ).encode()


def pec(inner: EmailMessage, *, day: str = "20/11/2026", carried: str = "posta-certificata", **headers: str) -> bytes:
    envelope = EmailMessage()
    for name, value in {
        "X-Trasporto": carried, "From": '"Per conto di: anna@pec.example" <posta-certificata@pec.example>', "To": OURS,
        "Received": RECEIVED, "Subject": "POSTA CERTIFICATA: Bolletta", "Message-ID": "<envelope@pec.example>",
    }.items() | {(name.replace("_", "-"), value) for name, value in headers.items()}:  # fmt: skip
        if value:
            envelope[name] = value
    envelope.set_content("Il giorno 20/11/2026 …")
    envelope.add_attachment(inner, filename="postacert.eml")
    envelope.add_attachment(daticert(day), maintype="application", subtype="xml", filename="daticert.xml")
    return envelope.as_bytes()
