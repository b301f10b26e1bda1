"""Reports as mail servers send them: a mail that failed, one that is late, and what is no report."""

from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

WHY = "smtp; 550 5.1.1 <maria@example.it>: no such user here"


def report(message_id: str, *, to: str = "maria@example.it", action: str = "failed", status: str = "5.1.1") -> bytes:
    """As RFC 3464 has it, with the headers of the mail that is sent back."""
    whole = MIMEMultipart("report", **{"report-type": "delivery-status"})
    whole["From"], whole["To"], whole["Subject"] = "MAILER-DAEMON@mx.example.it", "noreply@localhost", "Undelivered"
    whole.attach(MIMEText("Your message could not be delivered.\n"))
    whole.attach(_status(to, action, status))
    returned = MIMEText(f"Message-ID: {message_id}\nSubject: La sua fattura\n", "rfc822-headers")
    whole.attach(returned)
    return whole.as_bytes()


def _status(to: str, action: str, status: str) -> Message:
    part = Message()
    part["Content-Type"] = "message/delivery-status"
    mta, recipient = Message(), Message()
    mta["Reporting-MTA"] = "dns; mx.example.it"
    recipient["Final-Recipient"] = f"rfc822; {to}"
    recipient["Action"], recipient["Status"], recipient["Diagnostic-Code"] = action, status, WHY
    part.set_payload([mta, recipient])
    return part


def postfix(message_id: str) -> bytes:
    """One that brings the whole mail along."""
    inner = EmailMessage()
    inner["Message-ID"], inner["Subject"] = message_id, "La sua fattura"
    inner.set_content("Gentile Maria")
    whole = MIMEMultipart("report", **{"report-type": "delivery-status"})
    whole["Subject"] = "Undelivered Mail Returned to Sender"
    whole.attach(MIMEText("I'm sorry to have to inform you that your message could not be delivered.\n"))
    whole.attach(_status("maria@example.it", "failed", "5.7.1"))
    part = Message()
    part["Content-Type"] = "message/rfc822"
    part.set_payload([inner])
    whole.attach(part)
    return whole.as_bytes()


def qmail(message_id: str) -> bytes:
    """Plain text, the mail below it."""
    mail = MIMEText(
        "Hi. This is the qmail-send program at mx.example.it.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<maria@example.it>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        f"--- Below this line is a copy of the message.\n\nMessage-ID: {message_id}\nSubject: La sua fattura\n"
    )
    mail["Subject"] = "failure notice"
    return mail.as_bytes()


def out_of_office(message_id: str) -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["In-Reply-To"], mail["Auto-Submitted"] = "Fuori ufficio", message_id, "auto-replied"
    mail.set_content("Torno lunedì. Grazie.")
    return mail.as_bytes()
