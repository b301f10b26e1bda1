"""What a visitor types into the form, and how its pages are read."""

from datetime import timedelta

from django.test import Client
from lxml import html

from sportello.domain.activities.kinds.visitor import clock
from sportello.domain.files.tests.papers import bare
from tests.factories import NOW

FORM = "/ask/information/"
RECEIPT = "/ask/receipt/"
TYPED = {
    "visitor-name": "Gino Bianchi",
    "visitor-answer_by": "email",
    "visitor-email": "gino@example.it",
    "topic": "contract",
    "text": "Quanto dura il contratto?",
    "once": "0123456789abcdef0123456789abcdef",
}
PDF = bare()


def typed(**changes: object) -> dict[str, object]:
    """As a person fills it in who takes a minute."""
    renamed = {
        name if name in TYPED or name in ("files", "confirmed") else f"visitor-{name}": value
        for name, value in changes.items()
    }
    return {**TYPED, "visitor-shown": clock(NOW - timedelta(minutes=1)), **renamed}


def browser(**options: object) -> Client:
    """One that has seen the form, and with it got its secret."""
    client = Client(headers={"accept-language": "en"}, **options)
    client.get(FORM)
    return client


def page(response) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def words(response) -> str:
    return " ".join(page(response).find(".//main").text_content().split())


def beside(response, name: str) -> str:
    """The message of this field."""
    found = page(response).xpath(f"//p[@id='id_{name}-error']")
    return " ".join(found[0].text_content().split()) if found else ""
