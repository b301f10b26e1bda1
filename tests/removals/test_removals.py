"""The harness that takes guards out notices what nobody tests, and takes no credit for what no longer loads."""

import ast
from pathlib import Path

import pytest

from tools.removals import __main__ as removals
from tools.removals import sql
from tools.removals.finding import removals_in, sites_of

TOY = '''
"""Keeps numbers."""
NAMES = ("few", "many")
FEW = NAMES.index("few")


def loudly(function):
    return lambda *given: f"{function(*given)}!"


def keep(name, number):
    if name not in NAMES:
        raise KeyError(name)
    if number < 0:
        raise ValueError(number)
    return number


@loudly
def said(number):
    return str(number)
'''
TESTS = """
import pytest
from toy import keep, said


def test_an_unknown_name():
    with pytest.raises(KeyError):
        keep("none", 1)


def test_many():
    assert keep("many", 3) == 3


def test_said():
    assert said(3) == "3!"


def test_wrong_as_it_is():
    assert keep("many", 3) == 4
"""


def test_what_nobody_tests_is_reported(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "sportello.settings")
    monkeypatch.setattr(removals, "VAR", tmp_path / "logs")
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "test_toy.py").write_text(TESTS)
    tried = removals_in(tmp_path, "toy.py")
    outcomes, red = removals.attempted(tmp_path, tried, ["test_toy.py"], workers=1)
    came_of = {removal.what: next(iter(outcome.items())) for removal, outcome in zip(tried, outcomes, strict=True)}
    assert list(red) == ["test_toy.py::test_wrong_as_it_is"]
    assert came_of == {
        "without 'few' in NAMES": ("broken", "cannot be loaded: ValueError: tuple.index(x): x not in tuple"),
        "without 'many' in NAMES": ("noticed", "test_toy.py::test_many"),
        "never if name not in NAMES: raise KeyError(name)": ("noticed", "test_toy.py::test_an_unknown_name"),
        "never if number < 0: raise ValueError(number)": ("missed", "1 tests reach it"),
        "<= for < in number < 0": ("missed", "1 tests reach it"),
        "without @loudly": ("noticed", "test_toy.py::test_said"),
    }
    assert removals.told(tried, outcomes, {}, [], harmless=[]) == 1
    shown = capsys.readouterr().out
    assert "toy.py:14 keep: never if number < 0: raise ValueError(number)\n    NOT NOTICED: 1 tests reach it" in shown
    assert "6 removals, 3 noticed, 2 not, 1 could not be loaded" in shown


def test_what_is_listed_as_harmless_must_be_there():
    noticed = [{"noticed": "test_toy.py::test_many"}]
    (removal,) = sample_removals("def f():\n    check(1)\n")
    assert removals.told([removal], noticed, {}, [], harmless=[]) == 0
    assert removals.told([removal], noticed, {}, [("toy.py", "keep", "never if gone")], harmless=[]) == 1
    assert removals.told([removal], noticed, {"test_toy.py::test_red": "why"}, [], harmless=[]) == 1
    assert removals.told([removal], [{"broken": "no longer Python"}], {}, [], harmless=[]) == 1


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def sample_removals(source: str):
    Path("sample.py").write_text(source)
    return removals_in(Path(), "sample.py")


def without_each(source: str) -> list[str]:
    """The source as each removal leaves it."""
    found = []
    for number in range(len(sites_of(ast.parse(source)))):
        tree = ast.parse(source)
        sites_of(tree)[number].change()
        found.append(ast.unparse(ast.fix_missing_locations(tree)))
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("f() if a else g()", ["f() if a and False else g()", "f() if a or True else g()"]),
        ("return a and b and c", ["return b and c", "return a and c", "return a and b"]),
        ("while a or b: x()", ["while b:\n        x()", "while a:\n        x()", "while a or b:\n        pass"]),
        ("z = a or 'nothing'", []),
        ("a <= b < c", ["a < b < c", "a <= b <= c"]),
        ("x in (1, 2)", ["x in (2,)", "x in (1,)"]),
        ("return a == b", ["return True", "return False"]),
        ("f(sends=not a)", ["pass", "f(sends=True)", "f(sends=False)"]),
        ("check(a)", ["pass"]),
        ("log.info(a)", []),
        ("[x for x in y if x]", ["[x for x in y]"]),
        ("z = q.filter(a=1, b=2)", ["z = q.filter(b=2)", "z = q.filter(a=1)"]),
        ("z = q.filter(a=1)", ["z = q.all()"]),
        ("z = q.filter(a__in=[1, 2])", ["z = q.filter(a__in=[2])", "z = q.filter(a__in=[1])", "z = q.all()"]),
        ("z = q.within_reach_of(user).first()", ["z = q.all().first()"]),
        ("z = q.select_for_update().get()", ["z = q.get()"]),
        ("z = min(a, b)", ["z = b", "z = a"]),
        ("key = f'{a}-{b}'", ["key = f'-{b}'", "key = f'{a}-'"]),
    ],
)
def test_what_there_is_to_take_out(line, expected):
    assert without_each(f"def f():\n    {line}") == [f"def f():\n    {each}" for each in expected]


def test_a_handler_a_transaction_and_a_decorator():
    (handler,) = without_each("def f():\n    try:\n        pass\n    except KeyError: x = 1")
    assert "except ():" in handler
    assert without_each("def f():\n    with transaction.atomic():\n        x = 1") == [
        "def f():\n    if True:\n        x = 1"
    ]
    assert without_each("@atomic\ndef f(): x = 1") == ["def f():\n    x = 1"]
    assert without_each("@property\ndef f(): x = 1") == []


def test_a_policy_gives_way_to_the_next_weaker_one():
    source = "from sportello.desks.policies import CUSTOMER, READING_DECIDERS, either\n@{}\ndef f(): x = 1"

    def whats(policy: str) -> list[str]:
        return [removal.what for removal in sample_removals(source.format(policy))]

    assert whats("CUSTOMER") == ["@SIGNED_IN for @CUSTOMER"]
    assert whats("READING_DECIDERS") == ["@READING_STAFF for @READING_DECIDERS"]
    assert whats("either(CUSTOMER, READING_DECIDERS)") == [
        "@SIGNED_IN for @either(CUSTOMER, READING_DECIDERS)",
        "without CUSTOMER in either(CUSTOMER, READING_DECIDERS)",
        "without READING_DECIDERS in either(CUSTOMER, READING_DECIDERS)",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", []),
        ("UPDATE t SET a = 1 WHERE b = 2", ["TRUE"]),
        (
            "UPDATE t SET a = 1 WHERE b = 2 AND c < 3 ORDER BY d",
            ["TRUE AND c < 3", "b = 2 AND c <= 3", "b = 2 AND TRUE"],
        ),
        (
            "DELETE FROM t WHERE (a = 1 OR b ->> 'c' = 'x AND y')",
            ["(FALSE OR b ->> 'c' = 'x AND y')", "(a = 1 OR FALSE)", "TRUE"],
        ),
        (
            "UPDATE t SET a = CASE WHEN b = 1 THEN 2 ELSE 3 END WHERE NOT EXISTS (SELECT FROM u WHERE c = d)",
            ["NOT EXISTS (SELECT FROM u WHERE c = d)", "NOT EXISTS (SELECT FROM u WHERE TRUE)", "TRUE"],
        ),
    ],
)
def test_the_conditions_in_a_piece_of_sql(text, expected):
    after_where = [change.of(text).partition("WHERE ")[2].partition(" ORDER")[0] for change in sql.changes(text)]
    assert after_where == expected


def test_each_removal_has_a_name_of_its_own():
    found = sample_removals("def f(a):\n    if a < 1: return 1\n    if a < 1: return 2\n    if a < 1: return 2\n")
    assert len({removal.key for removal in found}) == len(found) == 6
