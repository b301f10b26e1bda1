"""Ready replies: written by managers, chosen by operators on the page of a request."""

import re
from html import unescape

import pytest

from sportello.domain.activities.models import Activity, Reply
from sportello.domain.journal.models import Event
from tests import asking
from tests.asking import plain

PATH = "/staff/administration/replies/"
NEW = {
    "kind": "information", "use": "answer", "italian": "Gentile {name}, entro il {due}.", "english": "{name}: {due}",
    "once": "o1",
}  # fmt: skip


def told() -> list[str]:
    return list(Event.objects.filter(about_kind="reply").order_by("pk").values_list("name", flat=True))


def one() -> Reply:
    return Reply.objects.get(code="o1")


def test_a_new_reply_is_chosen_on_the_page_of_a_request_and_filled_in(manager, paolo):
    assert [manager.post(f"{PATH}add/", NEW)["Location"] for _ in range(2)] == [PATH] * 2
    manager.post(f"{PATH}add/", NEW | {"use": "execute", "once": "o2", "italian": "Fatto: {number}"})
    asked = asking.asked()
    customer = asked.customer.name
    page = paolo.get(asking.PATH).content.decode()
    assert f"Gentile {customer}, entro il " in unescape(page) and "?reply=o1#writing" in page
    chosen = unescape(paolo.get(f"{asking.PATH}?reply=o1").content.decode())
    assert re.search(rf'name="text"[^>]*>\s*Gentile {customer}, entro il (\d\d/\d\d/\d{{4}}|–)\.', chosen)
    chosen = paolo.get(f"{asking.PATH}?reply=o2").content.decode()
    assert re.search(rf'name="answer"[^>]*>\s*Fatto: {asked.number}', chosen)
    assert told() == ["activities.reply_added"] * 2


def test_a_reply_of_another_kind_or_language_is_not_there(paolo, manager):
    asking.asked()
    for number, other in enumerate(({"kind": "complaint"}, {"italian": ""}, {"kind": "contract"})):
        manager.post(f"{PATH}add/", NEW | other | {"once": f"x{number}"})
    manager.post(f"{PATH}add/", NEW | {"kind": "", "once": "every"})
    page = paolo.get(asking.PATH).content.decode()
    assert re.findall(r"reply=(\w+)", page) == ["every"]
    assert Activity.objects.get().kind == "information"


@pytest.mark.parametrize(
    "text", ["{other}", "{{ number }}", "{% if 1 %}", "{number", "}", "{Number}", "{number.__class__}"]
)
def test_braces_are_for_the_three_placeholders_alone(ada, text):
    page = plain(ada.post(f"{PATH}add/", NEW | {"english": text}))
    assert "Braces are only for these placeholders" in page and not Reply.objects.filter(code="o1").exists()


def test_what_a_name_holds_is_never_filled_in_again(manager, paolo):
    asked = asking.asked()
    type(asked.customer).objects.update(first_name="{number}", last_name="{{7*7}}")
    manager.post(f"{PATH}add/", NEW)
    assert "Gentile {number} {{7*7}}" in unescape(paolo.get(f"{asking.PATH}?reply=o1").content.decode())


def test_nobody_writes_over_what_somebody_else_has_written(manager, ada):
    manager.post(f"{PATH}add/", NEW)
    path, sent = f"{PATH}{one().pk}/", NEW | {"seen": "1"}
    assert [manager.post(path, sent | {"italian": "Mio"}).status_code for _ in range(2)] == [302, 302]
    late = ada.post(path, sent | {"italian": "Tuo"})
    assert late.status_code == 409 and one().italian == "Mio"
    assert "Mio" in plain(late) and "Tuo" in plain(late)
    assert ada.post(f"{path}remove/", {"seen": "1"})["Location"] == path
    assert ada.post(f"{path}remove/", {"seen": "2"})["Location"] == PATH
    assert told() == ["activities.reply_added", "activities.reply_changed", "activities.reply_removed"]


def test_a_reply_says_something_in_one_language_at_least(manager):
    assert "Write the text in one language at least." in plain(
        manager.post(f"{PATH}add/", NEW | {"italian": " ", "english": ""})
    )


def test_an_installation_begins_with_reasons_for_a_refusal(ada):
    page = unescape(plain(ada.get(PATH)))
    assert (
        "Only the holder of the contract can ask for this." in page
        and "Questa fattura non si può pagare a rate." in page
    )
