"""docs/operating.md, the rules and the dashboard speak of figures, pages and commands that there are, and of all of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from prometheus_client.parser import text_string_to_metric_families

from sportello.desks.api import exposition, figures, metrics
from sportello.desks.watching import METHODS, NOWHERE, OTHER, STATIC, STATUSES, counters
from sportello.domain.invoice_mail.progress import STATES as STATES_OF_RUNS
from sportello.domain.ledger.watching import WATCHED

NAME = re.compile(r"\bsportello_\w+")
LABEL = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
OWN_COMMANDS = {"web", "worker", "demo"}
ENDINGS = ("_bucket", "_sum", "_count")


@pytest.fixture
def told(db) -> set[str]:
    text = exposition.text([*figures.of_processes(), *metrics.of_database()])
    return {family.name + "_total" * (family.type == "counter") for family in text_string_to_metric_families(text)}


@pytest.fixture(scope="session")
def rules(root: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load((root / "docs" / "monitoring" / "alerts.yml").read_text())["groups"]
    assert len({group["name"] for group in groups}) == len(groups)
    return [rule for group in groups for rule in group["rules"]]


@pytest.fixture(scope="session")
def panels(root: Path) -> list[dict[str, Any]]:
    return json.loads((root / "docs" / "monitoring" / "dashboard.json").read_text())["panels"]


@pytest.fixture(scope="session")
def questions(rules, panels) -> list[str]:
    return [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.fixture(scope="session")
def document(root: Path) -> str:
    return (root / "docs" / "operating.md").read_text()


def asked_for(question: str, told: set[str]) -> set[str]:
    """The names in a question, those of a histogram by its own."""
    names = set(NAME.findall(question))
    histograms = {name: name.removesuffix(ending) for name in names for ending in ENDINGS if name.endswith(ending)}
    return {name if name in told else histograms.get(name, name) for name in names}


def test_what_is_asked_for_is_told(questions, told):
    for question in questions:
        assert asked_for(question, told) - told == set(), question


def test_a_name_that_is_not_told_is_noticed(told):
    assert asked_for('sum(rate(sportello_request_total{status="5xx"}[5m]))', told) - told == {"sportello_request_total"}
    assert asked_for("sportello_request_seconds_bucket", told) <= told


def test_what_is_told_is_explained_and_shown(document, panels, told):
    shown = "\n".join(target["expr"] for panel in panels for target in panel["targets"])
    assert told - set(NAME.findall(document)) == set()
    assert set(NAME.findall(document)) - told == set()
    assert told - asked_for(shown, told) == {"sportello_figures_missing", "sportello_billing_failures"}


def test_labels_are_those_that_there_are(questions):
    pages = {*counters().names, "metrics", "health"} | {STATIC, NOWHERE, OTHER}
    known = {
        "page": pages,
        "method": set(METHODS),
        "status": set(STATUSES) | {"new", "exported"},
        "state": set(WATCHED) | set(STATES_OF_RUNS),
        "job": {"sportello"},
        "attention": {""},
    }
    seen = 0
    for question in questions:
        for label, _, value in LABEL.findall(question):
            for one in value.split("|"):
                assert one.replace("[(]", "(").replace("[)]", ")") in known[label], question
                seen += 1
    assert seen > 10


@pytest.mark.parametrize("opening", ["(", "[", "{"])
def test_what_is_opened_is_closed(questions, opening):
    closing = {"(": ")", "[": "]", "{": "}"}[opening]
    for question in questions:
        bare = re.sub(r'"[^"]*"', "", question)
        assert bare.count(opening) == bare.count(closing), question


def test_rules_are_whole(rules):
    names = [rule["alert"] for rule in rules]
    assert len(set(names)) == len(names) > 20
    for rule in rules:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "1m"))
        assert rule["annotations"]["summary"]


def test_each_rule_has_what_to_do_and_nothing_else_has(rules, document):
    assert re.findall(r"^### (\w+)$", document, re.MULTILINE) == [rule["alert"] for rule in rules]


def commands(document: str) -> Iterator[tuple[str, ...]]:
    for line in re.findall(r"python -m sportello ([^`]+)`", document.replace("\n", " ")):
        yield tuple(line.split())


def test_the_commands_in_it_exist(document):
    found = set(commands(document))
    assert {name for name, *_ in found} >= {"web", "worker", "align", "ledger", "check", "procrastinate"}
    for name, *arguments in found:
        if name in OWN_COMMANDS:
            assert not arguments
            continue
        command = load_command_class(get_commands()[name], name)
        filled = [re.sub(r'^"|"$', "", one) for one in arguments]
        command.create_parser("sportello", name).parse_args(filled)  # ends the test where it does not understand


def test_panels_lie_beside_each_other(panels):
    """None over another, none off the board."""
    places = set()
    for panel in panels:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        own = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not own & places, panel["title"]
        places |= own
