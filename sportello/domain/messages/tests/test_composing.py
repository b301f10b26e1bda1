"""What is read: both forms say the same, nothing can break out of a header or into the HTML, both languages."""

import re
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parseaddr
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from sportello.domain.messages.cleaning import one_line
from sportello.domain.messages.composing import Composed, compose, mail
from sportello.domain.messages.kinds import Kind, Text, register, registered
from sportello.domain.messages.links import Link
from sportello.domain.messages.models import Channel, Message
from sportello.domain.messages.previews import preview
from sportello.domain.messages.tests import cast
from sportello.domain.messages.writing import draft

TAG = re.compile(r"<[^>]*>")
ODD_NAMES = [
    "",
    "Maria Rossi",
    'Maria "la rossa", Rossi; <eva@example.it>',
    "Nicolò D’Amìco-Żółć",
    "Ελένη Παπαδοπούλου",
    "محمد العربي",
    "山田太郎 " * 20,
    "👩‍🔧🇮🇹 Ada",
    "e\u0301" * 60,
    "=?utf-8?q?Bcc=3A?=",
    "a" * 200,
    "à" * 200,
    "à b " * 50,
    "x\u00a0y\u200bz",
    "\\",
    '"',
    "(comment)",
    "a@b",
]


def message(*, name: str = "Maria", what: str = "questo", language: str = "it", address: str = cast.ADDRESS) -> Message:
    made = draft(cast.NOTICE, name=name, language=language, values={"what": what}, now=cast.NOW)
    made.channel, made.address = Channel.MAIL, address
    return made


def read(made: Message) -> EmailMessage:
    content = mail(made).as_bytes()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    return message_from_bytes(content, policy=policy.default)


def html_words(html: str) -> list[str]:
    body = html.partition("<main")[2]
    return unescape(TAG.sub(" ", "<main" + body)).split()


def parity(composed: Composed) -> None:
    """The HTML says all that the text says, in the same order; besides it has the heading and how to copy the link."""
    text = composed.text.replace(":\n", " ").split()
    html = iter(html_words(composed.html))
    assert all(word in html for word in text), composed


def test_the_headers_say_what_it_is(settings) -> None:
    settings.SITE_URL, settings.MAIL_FROM = "https://sportello.example.it", "noreply@sportello.example.it"
    read_ = read(message())
    assert str(read_["From"]) == f"{settings.COMPANY_NAME} <noreply@sportello.example.it>"
    assert read_["To"].addresses[0].addr_spec == cast.ADDRESS
    assert read_["Subject"] == "Avviso: questo"
    assert read_["Date"].datetime == cast.NOW
    assert re.fullmatch(r"<[0-9a-f]{32}@sportello\.example\.it>", read_["Message-ID"])
    assert read_["Auto-Submitted"] == "auto-generated"
    assert "OOF" in read_["X-Auto-Response-Suppress"]
    assert read_["Content-Language"] == "it"
    assert read_["Reply-To"] is None
    assert read_["List-Unsubscribe"] is None
    assert read_.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in read_.iter_parts()] == ["text/plain", "text/html"]


def test_it_is_the_same_at_each_attempt() -> None:
    made = message(name="Nicolò")
    assert mail(made).as_bytes() == mail(made).as_bytes()


def test_a_long_host_does_not_break_the_message_id(settings) -> None:
    settings.SITE_URL = f"https://{'sportello.' * 12}example.it"
    made = message()
    assert read(made)["Message-ID"] == made.message_id


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_arrives_as_it_is(name: str) -> None:
    header = BytesHeaderParser(policy=policy.compat32).parsebytes(mail(message(name=name)).as_bytes())["To"]
    shown, address = parseaddr(header.replace("\r\n", ""))
    assert address == cast.ADDRESS
    assert str(make_header(decode_header(shown))) == one_line(name).replace("=?", "= ?")


WORDS = st.sampled_from(
    ["città", "è", "a", "perché", "D’Amìco", "(gas)", "«luce»", "x" * 30, "ù" * 20, "山田太郎", "a,b", "<e@x.it>,"]
)


@given(st.lists(WORDS, min_size=1, max_size=14).map(" ".join))
def test_no_blank_is_lost_where_a_header_is_folded(text: str) -> None:
    made = message(name=text, what=text)
    headers = BytesHeaderParser(policy=policy.compat32).parsebytes(mail(made).as_bytes())
    shown, _ = parseaddr(headers["To"].replace("\r\n", ""))
    assert str(make_header(decode_header(shown))) == made.name
    assert str(make_header(decode_header(headers["Subject"].replace("\r\n", "").lstrip()))) == made.subject


@given(st.text(max_size=120), st.text(max_size=120))
def test_no_name_or_value_breaks_out_of_its_header(name: str, what: str) -> None:
    made = message(name=name, what=what)
    read_ = read(made)
    assert len(read_["To"].addresses) == 1
    assert read_["To"].addresses[0].addr_spec == cast.ADDRESS
    assert sorted(read_.keys()) == sorted(read(message()).keys())
    assert read_["Message-ID"] == made.message_id


@given(st.text(alphabet='abà ,;<>@"()\\.:[]', max_size=120), st.sampled_from([cast.ADDRESS, "josé@example.it"]))
def test_no_name_makes_further_recipients(name: str, address: str) -> None:
    content = mail(message(name=name, address=address)).as_bytes().decode()
    headers = message_from_string(content, policy=policy.SMTPUTF8)
    assert [one.addr_spec for one in headers["To"].addresses] == [address]
    raw = content.partition("\r\nTo: ")[2].partition("\r\nSubject: ")[0]
    assert [found for _, found in getaddresses([raw])] == [address]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_line_ends_do_not_inject_a_header(end: str) -> None:
    attack = f"x{end}Bcc: eva@example.it{end}{end}<b>hello"
    read_ = read(message(name=attack, what=attack))
    assert read_["Bcc"] is None
    assert "\n" not in read_["Subject"]
    assert read_["Subject"] == "Avviso: x Bcc: eva@example.it <b>hello"


@pytest.mark.parametrize(
    "address", ['"maria rossi"@example.it', r'"a\"b@c"@example.it', "maria@xn--citt-3na.it", "a" * 64 + "@example.it"]
)
def test_any_address_arrives_as_it_is(address: str) -> None:
    assert read(message(address=address))["To"].addresses[0].addr_spec == address


def test_an_address_that_is_not_ascii_is_written_in_utf8() -> None:
    content = mail(message(address="josé@example.it", name="Maria Rossi")).as_bytes()
    assert "\r\nTo: Maria Rossi <josé@example.it>\r\n".encode() in content


def test_values_are_escaped() -> None:
    composed = compose(message(name="<script>alert(1)</script>", what='"><img src=x onerror=alert(1)>&amp;'))
    assert "<script" not in composed.html
    assert "<img" not in composed.html
    assert "<script>alert(1)</script>" in composed.text
    assert "&amp;amp;" in composed.html
    parity(composed)


@pytest.mark.parametrize("attack", ["{{7*7}}", "{x.__class__}", "%s", "{{ config }}", "{% include 'x' %}", "{what}"])
def test_values_do_not_run(attack: str) -> None:
    composed = compose(message(name=attack, what=attack))
    for form in (composed.subject, composed.text, unescape(composed.html)):
        assert attack in form
        assert "49" not in form.replace("#454d55", "")


def test_texts_are_escaped_too() -> None:
    texts = {language: Text(subject="<b>", paragraphs=("<b>x</b> & {name}",)) for language in ("it", "en")}
    kind = register(Kind(name="bold", placeholders={}, texts=texts))
    composed = preview(kind, "it")
    assert "<b>" not in composed.html
    assert "&lt;b&gt;x&lt;/b&gt; &amp; Maria Rossi" in composed.html


def test_every_kind_has_a_preview_in_both_languages_that_can_be_read() -> None:
    for kind in registered():
        for language in ("it", "en"):
            composed = preview(kind, language)
            assert "{" not in composed.subject + composed.text + composed.html
            assert f'<html lang="{language}">' in composed.html
            assert not re.search(r"<(img|link|script|iframe|style)\b|url\(|@import", composed.html)
            assert composed.html.count("<h1") == 1
            parity(composed)


def test_each_language_has_its_own_words(settings) -> None:
    settings.COMPANY_CUSTOMER_SERVICE = "800 123 123"
    italian, english = compose(message(language="it")), compose(message(language="en-GB"))
    assert "Cordiali saluti" in italian.text
    assert "Servizio clienti: 800 123 123" in italian.text
    assert "Kind regards" in english.text
    assert "Customer service: 800 123 123" in english.html
    assert compose(message(language="de")).text == italian.text


def link_message() -> Message:
    link = Link("invoice", {"number": cast.TOKEN})
    made = draft(cast.LINK, name="Maria", language="it", values={"when": "oggi"}, now=cast.NOW, link=link)
    made.channel, made.address = Channel.MAIL, cast.ADDRESS
    return made


def test_the_link_stands_on_a_line_of_its_own_and_comes_from_the_settings(settings) -> None:
    settings.SITE_URL = "https://sportello.example.it"
    composed = compose(link_message())
    expected = f"https://sportello.example.it/invoices/{cast.TOKEN}/"
    assert expected in composed.text.splitlines()
    assert composed.html.count(expected) == 2
    parity(composed)


def test_a_request_has_no_say_in_where_a_link_leads(settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    request = RequestFactory().get("/", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert request.get_host() == "evil.example"
    made = link_message()
    host = urlsplit(made.link.url).netloc
    assert host == urlsplit(settings.SITE_URL).netloc
    assert b"evil" not in mail(made).as_bytes()


def test_a_reply_goes_where_it_is_wanted() -> None:
    made = message()
    made.reply_to = "ufficio@example.it"
    assert read(made)["Reply-To"].addresses[0].addr_spec == "ufficio@example.it"
    assert "non rispondere" not in compose(made).text
    assert "non rispondere" in compose(message()).text
