"""The conditions in a piece of SQL, each with what makes it count for nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LOOKS_LIKE_SQL = re.compile(r"\b(?:WHERE|AND|OR|WHEN)\b")
TOKEN = re.compile(
    r"'[^']*'|->>|->|[()]|<>|<=|>=|<|>"
    r"|\b(?:WHERE|AND|OR|WHEN|THEN|ELSE|END|ORDER|GROUP|LIMIT|RETURNING|SET|FROM|SELECT|UPDATE|INSERT|VALUES|ON)\b"
)
BEGINS = ("WHERE", "AND", "OR", "WHEN")
EDGES = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


@dataclass(frozen=True, slots=True)
class Change:
    """``text`` in place of what stands from ``start`` to ``end``."""

    start: int
    end: int
    text: str
    what: str

    def of(self, sql: str) -> str:
        return sql[: self.start] + self.text + sql[self.end :]


@dataclass(slots=True)
class Term:
    start: int
    before: str  # the keyword, "" at the beginning of a text or after a parenthesis


def changes(sql: str) -> Iterator[Change]:
    """Each term of a condition dropped, each edge of a comparison moved."""
    if not LOOKS_LIKE_SQL.search(sql):
        return
    open_terms: list[Term | None] = [Term(0, "")]
    for token in TOKEN.finditer(sql):
        word = token.group()
        if word == "(":
            open_terms.append(Term(token.end(), ""))
        elif word == ")":
            yield from _closed(sql, open_terms.pop(), token.start(), "")
        elif word in EDGES:
            yield Change(*token.span(), EDGES[word], f"{EDGES[word]} for {word} in {_around(sql, token)}")
        elif word.isalpha() and word.isupper():
            yield from _closed(sql, open_terms.pop(), token.start(), word)
            open_terms.append(Term(token.end(), word) if word in BEGINS else None)
    for term in open_terms:
        yield from _closed(sql, term, len(sql), "")


def _closed(sql: str, term: Term | None, end: int, after: str) -> Iterator[Change]:
    if term is None:
        return
    text = sql[term.start : end]
    joined = {term.before, after}
    if not text.strip() or not joined & set(BEGINS):
        return
    neutral = "FALSE" if "AND" not in joined and joined & {"OR", "WHEN"} else "TRUE"
    start = term.start + len(text) - len(text.lstrip())
    yield Change(start, start + len(text.strip()), neutral, f"without {' '.join(text.split())}")


def _around(sql: str, token: re.Match[str]) -> str:
    """The comparison, as far as it stands on its line."""
    before = re.split(r"\(|\b(?:AND|OR|WHERE)\b|\n", sql[: token.start()])[-1]
    after = re.split(r"\)(?!s)|\b(?:AND|OR|RETURNING)\b|\n", sql[token.end() :])[0]
    return " ".join(f"{before}{token.group()}{after}".split())
