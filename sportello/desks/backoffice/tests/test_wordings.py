"""Texts of messages on the administrator's page: typed, looked at, tried, saved, taken back; nothing in them ever runs."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sportello.desks.backoffice.placeholders import MEANINGS
from sportello.desks.backoffice.tests.test_rules import plain
from sportello.desks.backoffice.wording_titles import TITLES, title_of
from sportello.domain.accounts.texts import PASSWORD_CHANGED, RECOVERY_CODE
from sportello.domain.customers.models import Customer
from sportello.domain.journal.models import Event
from sportello.domain.messages.kinds import ALWAYS, registered
from sportello.domain.messages.models import Message, Wording
from sportello.domain.people.models import User
from tests.factories import NOW

LIST = "/staff/administration/texts/"
PATH = f"{LIST}password_changed-it/"
CODE = f"{LIST}recovery_code-it/"
GOOD = {
    "subject": "Password cambiata", "paragraphs": "Gentile {name},\n\nè successo\r\nil {when}.\n \n<b>Non</b> è lei?",
    "action": "Non sono stato io", "valid_from": "", "save": "1",
}  # fmt: skip
ATTACKS = [
    "{{7*7}}", "{{ config }}", "{% include 'x' %}", "{% now %}", "{name.__class__}", "{name!r}", "{name:>9999999}", "{0}", "{}",
    "{name[0]}", "{{name}}", "{nome}", "{ name }", "{Name}", "{name", "name}", "{ottavia}", "${7*7}", "#{7*7}",
]  # fmt: skip


def errors(page: bytes) -> dict[str, str]:
    return dict(re.findall(r'id="id_(\w+)-error">.*?</svg>(.*?)</p>', page.decode(), re.DOTALL))


def seen(client, path: str = PATH) -> str:
    found = re.search(r'name="seen" value="(\w+)"', client.get(path).content.decode())
    assert found
    return found[1]


def post(client, path: str = PATH, *, do: str = "save", **changes):
    sent = {name: value for name, value in {**GOOD, "seen": seen(client, path), **changes}.items() if name != "save"}
    return client.post(path, {**sent, do: "1"})


def test_every_kind_is_there_in_both_languages(ada):
    page = ada.get(LIST).content.decode()
    for kind in registered():
        for language in ("it", "en"):
            assert f"{LIST}{kind.name}-{language}/" in page


def test_all_kinds_are_known_here_whatever_else_a_process_has_imported(root: Path):
    """A module that registers kinds and that this page does not import would be missing from it in a web process."""
    asks = "import django; django.setup(); import sys, sportello.desks.backoffice.wordings; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", asks], cwd=root, capture_output=True, text=True, check=True).stdout
    files = [path for path in (root / "sportello/domain").rglob("*.py") if "tests" not in path.parts]
    registering = [path for path in files if re.search(r"messages\.kinds import .*\bregister\b", path.read_text())]
    assert len(registering) >= 3
    modules = {".".join(path.relative_to(root).with_suffix("").parts) for path in registering}
    assert modules <= set(found.split())


def test_every_placeholder_says_what_it_means():
    names = {name for kind in registered() if not kind.name.startswith("test_") for name in kind.placeholders}
    assert names | set(ALWAYS) <= set(MEANINGS), names - set(MEANINGS)


def test_the_page_begins_with_what_is_in_force(ada):
    page = ada.get(PATH).content.decode()
    assert f'value="{PASSWORD_CHANGED.texts["it"].subject}"' in page
    assert "Gentile {name},\n\nla password" in page.replace("&#39;", "'")
    told = plain(page.encode())
    for words in (
        "{when}",
        "the day and time at which it happened",
        "such as: 24/11/2026, 10:42",
        "Gentile Maria Rossi,",
    ):
        assert words in told, words


def test_a_text_is_saved_written_down_and_shown_with_who_and_when(ada):
    assert post(ada)["Location"] == PATH
    row = Wording.objects.get()
    assert row.paragraphs == ["Gentile {name},", "è successo\nil {when}.", "<b>Non</b> è lei?"]
    assert (row.valid_from, row.by.username) == (NOW, "ada")
    told = plain(ada.get(PATH).content)
    assert "The text is saved and in force." in told
    assert "24/11/2026, 10:42 In force Ada Conti, 24/11/2026 10:42 Password cambiata" in told
    assert "changed 24/11/2026, Ada Conti" in plain(ada.get(LIST).content)


def test_html_is_only_ever_text(ada):
    page = post(ada, do="preview", subject="<script>alert(1)</script>", action="<img src=x>").content.decode()
    assert "<script>alert" not in page and "<img" not in page and "<b>Non" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "&lt;b&gt;Non&lt;/b&gt; è lei?" in page


def test_a_preview_saves_nothing_and_keeps_what_was_typed(ada):
    page = post(ada, do="preview")
    told = plain(page.content)
    assert "Nothing has been saved yet." in told and "è successo il 24/11/2026, 10:42." in told
    assert "The built-in text also says {username}." in told
    assert "è successo\nil {when}." in page.content.decode().replace("\r", "")
    assert not Wording.objects.exists()


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_placeholder_is_named_beside_its_field(ada, attack):
    fields = dict.fromkeys(("subject", "paragraphs", "action"), f"Ecco {attack} qui")
    told = errors(ada.post(PATH, {**GOOD, **fields}).content)
    assert list(told) == list(fields) and all(re.search(r"“[^”]+”", words) for words in told.values()), told
    assert not Wording.objects.exists()


@pytest.mark.parametrize("do", ["save", "preview", "test"])
def test_nothing_is_done_with_a_text_that_is_not_right(ada, do):
    page = post(ada, do=do, paragraphs="{{7*7}}")
    assert page.status_code == 200 and list(errors(page.content)) == ["paragraphs"]
    assert "It is shown as soon as what you typed is right." in plain(page.content)
    assert not Wording.objects.exists() and not Message.objects.exists()


def test_the_unknown_placeholder_is_named(ada):
    assert "“{nome}” is no placeholder" in errors(post(ada, paragraphs="Gentile {nome}").content)["paragraphs"]
    assert "“{{7*7}}” is none" in errors(post(ada, subject="{{7*7}}").content)["subject"]
    assert "“{name.__class__}” is none" in errors(post(ada, subject="{name.__class__}").content)["subject"]


@pytest.mark.parametrize("harmless", ["%s %(name)s %d", "$name 100 %", "<%= 7*7 %>", "\\x41", "=?utf-8?q?Bcc=3A?="])
def test_what_other_programs_would_run_is_plain_text_here(ada, harmless):
    assert post(ada, subject=f"A {harmless}", paragraphs=f"B {harmless}").status_code == 302
    row = Wording.objects.get()
    assert (row.subject, row.paragraphs) == (f"A {harmless}", [f"B {harmless}"])


@pytest.mark.parametrize("field", ["subject", "action"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_subject_begins_no_header_of_its_own(ada, field, end):
    page = post(ada, **{field: f"Ciao{end}Bcc: eva@example.it"})
    assert errors(page.content)[field].strip() == "Write it on one line."
    assert not Wording.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"subject": ""}, "subject", "Fill in"),
        ({"subject": "x" * 151}, "subject", "at most 150"),
        ({"paragraphs": " \n \n"}, "paragraphs", "Fill in"),
        ({"paragraphs": "x" * 5001}, "paragraphs", "at most 5000"),
        ({"paragraphs": "x\n\n" * 51}, "paragraphs", "No more than 50"),
        ({"action": ""}, "action", "Fill in"),
        ({"action": "x" * 81}, "action", "at most 80"),
        ({"valid_from": "2026-11-23"}, "valid_from", "Today at the earliest"),
        ({"valid_from": "soon"}, "valid_from", "valid date"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(ada, changed, field, says):
    told = errors(post(ada, **changed).content)
    assert list(told) == [field] and says in told[field], told


def test_a_code_is_told_in_the_text_and_never_in_the_subject(ada):
    sent = {"subject": "Codice {code}", "paragraphs": "Ecco."}
    told = errors(post(ada, CODE, **sent).content)
    assert "“{code}” is secret" in told["subject"] and "has to say {code}" in told["paragraphs"]
    assert post(ada, CODE, subject="Codice", paragraphs="Ecco {code}.").status_code == 302
    assert "secret, not in the subject" in plain(ada.get(CODE).content)
    assert "code" in RECOVERY_CODE.secrets


def test_a_test_goes_to_who_asks_for_it_once(ada):
    User.objects.filter(username="ada").update(email="ada@example.it")
    for words in ("A test is on its way to ada@example.it", "has gone to ada@example.it just now"):
        assert words in plain(post(ada, do="test").content)
    message = Message.objects.get()
    assert (message.address, message.subject) == ("ada@example.it", "Prova: Password cambiata")
    assert "24/11/2026" not in plain(ada.get(LIST).content)
    assert plain(ada.get(PATH).content).count("In force") == 3  # the column, the field, the built-in text


def test_without_an_address_there_is_no_test(ada):
    assert 'name="test"' not in ada.get(PATH).content.decode()
    assert "no e-mail address" in plain(post(ada, do="test").content)
    assert not Message.objects.exists()


def test_who_comes_second_is_told_and_keeps_what_he_typed(ada, staff):
    what_ada_saw = seen(ada)
    post(staff("olga", "administrator"), subject="Di Olga")
    late = post(ada, subject="Di Ada", seen=what_ada_saw)
    assert late.status_code == 409
    assert "meanwhile somebody else has changed this text" in plain(late.content) and "Di Olga" in plain(late.content)
    assert 'value="Di Ada"' in late.content.decode()
    assert Wording.objects.get().subject == "Di Olga"
    again = re.search(r'name="seen" value="(\w+)"', late.content.decode())
    assert again and post(ada, subject="Di Ada", seen=again[1]).status_code == 302


def test_two_presses_save_once(ada):
    was = seen(ada)
    for _press in range(2):
        assert post(ada, seen=was).status_code == 302
    assert Wording.objects.count() == 1


def test_back_to_the_built_in_text(ada):
    assert 'name="built_in"' not in ada.get(PATH).content.decode()
    post(ada)
    was = seen(ada)
    assert ada.post(PATH, {"built_in": "1", "seen": "0"}).status_code == 409
    for _press in range(2):
        assert ada.post(PATH, {"built_in": "1", "seen": was})["Location"] == PATH
    assert [row.built_in for row in Wording.objects.versions()] == [True, False]
    page = ada.get(PATH).content.decode()
    assert f'value="{PASSWORD_CHANGED.texts["it"].subject}"' in page and 'name="built_in"' not in page
    first = Wording.objects.get(built_in=False)
    assert 'value="Password cambiata"' in ada.get(f"{PATH}?from={first.pk}").content.decode()
    for odd in ("built-in", "x", "9" * 40, "-1", "²"):
        assert ada.get(PATH, {"from": odd}).status_code == 200


def test_a_text_to_come_waits_and_can_be_taken_back(ada):
    assert post(ada, valid_from="01/12/2026").status_code == 302
    row = Wording.objects.get()
    assert row.valid_from == datetime(2026, 11, 30, 23, tzinfo=UTC)  # midnight in Rome
    assert "in force from 01/12/2026" in plain(ada.get(PATH).content)
    assert "another one from 01/12/2026" in plain(ada.get(LIST).content)
    remove = f"/staff/administration/versions/{row.pk}/remove/"
    assert ada.get(remove)["Location"] == PATH and Wording.objects.exists()
    assert ada.post(remove)["Location"] == PATH and not Wording.objects.exists()
    assert ada.post(remove).status_code == 404


def test_a_text_in_force_is_not_taken_back(ada):
    post(ada)
    row = Wording.objects.get()
    ada.post(f"/staff/administration/versions/{row.pk}/remove/")
    assert "in force already" in plain(ada.get(PATH).content) and Wording.objects.exists()


def test_a_text_that_fits_no_more_is_pointed_out(ada):
    Wording.objects.create(
        kind="password_changed",
        language="it",
        valid_from=NOW - timedelta(days=1),
        at=NOW,
        subject="Vecchia",
        paragraphs=["{x}"],
    )
    assert "cannot be used any more" in plain(ada.get(LIST).content)
    assert "Access: password changed" in plain(ada.get("/staff/administration/").content)
    assert f'value="{PASSWORD_CHANGED.texts["it"].subject}"' in ada.get(PATH).content.decode()


@pytest.mark.parametrize("text", ["nothing-it", "password_changed-de", "password_changed", "-it"])
def test_what_is_not_there_is_not_found(ada, text):
    assert ada.get(f"{LIST}{text}/").status_code == 404


@pytest.mark.parametrize("role", ["back_office", "manager", "agent"])
def test_nobody_else_comes_here(staff, role):
    client = staff("other", role)
    for path in (LIST, PATH):
        assert client.get(path).status_code == client.post(path, GOOD).status_code == 404


@pytest.mark.parametrize("language", ["it", "en"])
def test_pages_take_few_queries_and_are_there_in_both_languages(staff, language):
    client = staff("ada", "administrator", language=language)
    for number in range(20):
        at = NOW - timedelta(days=number)
        Wording.objects.create(
            kind="password_changed", language="it", valid_from=at, at=at, subject="x", paragraphs=["y"], action="z"
        )
    for path in (LIST, PATH, "/staff/administration/"):
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        assert len(captured) <= 9, path


def test_each_text_has_a_title_of_its_own(ada):
    titles = [title_of(kind, language) for language in ("it", "en") for kind in registered()]
    assert len(set(titles)) == len(set(TITLES)) == len(list(registered()))
    page = plain(ada.get(LIST).content)
    assert (
        "Request: refused, to a visitor “We cannot grant your request {number}”" in page
        and "request_refused" not in page
    )


# --- with a real invoice ---------------------------------------------------------------------------------------------


def test_a_text_about_invoices_is_looked_at_with_a_real_one_and_that_is_written_down(ada):
    from sportello.domain.invoice_mail.tests.posting import invoice

    number = invoice("C1", "a@example.it").number
    Customer.objects.update(last_name="{due_on}<b>", first_name="Eve", company_name="")
    typed = {
        "subject": "Fattura {invoice}",
        "paragraphs": "Da pagare:\n{to_pay} {name}",
        "action": "Vedi",
        "preview": "1",
    }
    here = "/staff/administration/texts/invoice_link-it/"
    page = ada.post(here, {**typed, "invoice": number}).content.decode()
    assert f"Preview with invoice {number}" in page and "121,40" in page and "&lt;b&gt;" in page
    assert Event.objects.filter(name="backoffice.invoice_previewed", customer_code="C1").count() == 1
    for wrong in ("NONE", "x\ny", "x" * 61):
        assert errors(ada.post(here, {**typed, "invoice": wrong}).content)["invoice"]
    assert "invoice" not in errors(ada.post(here, typed).content)
    assert Event.objects.filter(name="backoffice.invoice_previewed").count() == 1
    assert 'name="invoice"' not in ada.get(PATH).content.decode()
