"""What kinds of message there are and how each is worded; the rooms that send them register theirs here.

A wording is asked for in one place, ``wording``: texts that an administrator has changed will be looked up there first,
and pass the same check.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sportello.domain.messages.placeholders import WrongText, check

LANGUAGES = ("it", "en")
ALWAYS = ("name", "company")  # placeholders that every text has: the recipient, the sender


class UnknownKind(LookupError):
    """No kind of this name has been registered in this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A subject, paragraphs of plain text from the greeting on, and the words on the link, "" where there is none.

    No mark-up anywhere. Closing and company's name follow by themselves.
    """

    subject: str
    paragraphs: tuple[str, ...]
    action: str = ""

    def pieces(self) -> Iterator[str]:
        yield self.subject
        yield from self.paragraphs
        yield self.action


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of message. ``placeholders`` names each with a sample, ``secrets`` those wiped once it has gone out.

    ``long`` are those that keep their lines and paragraphs, such as what an operator has written; they stand in paragraphs
    alone, all others on one line.
    """

    name: str
    placeholders: Mapping[str, str]
    texts: Mapping[str, Text]
    secrets: frozenset[str] = field(default_factory=frozenset)
    long: frozenset[str] = field(default_factory=frozenset)

    @property
    def has_link(self) -> bool:
        return bool(self.texts[LANGUAGES[0]].action)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Makes a kind known; raises ``WrongText`` where it is not complete. The same again changes nothing."""
    if not kind.name or _kinds.get(kind.name, kind) != kind:
        raise WrongText(f"the name {kind.name!r} is taken")
    if set(kind.texts) != set(LANGUAGES):
        raise WrongText(f"{kind.name} wants a text in each of {', '.join(LANGUAGES)}")
    if not kind.secrets | kind.long <= set(kind.placeholders) or set(ALWAYS) & set(kind.placeholders):
        raise WrongText(f"{kind.name}: the placeholders do not fit")
    for text in kind.texts.values():
        check_text(kind, text)
    _kinds[kind.name] = kind
    return kind


def check_text(kind: Kind, text: Text) -> None:
    """Raises ``WrongText`` unless ``text`` may stand for this kind, whoever wrote it.

    A subject never tells a secret, and is one line, as the words on a link are.
    """
    allowed = {*kind.placeholders, *ALWAYS}
    check(text.subject, allowed=allowed - kind.secrets - kind.long)
    check(text.action, allowed=allowed - kind.long)
    for piece in text.pieces():
        check(piece, allowed=allowed)
    if not text.subject.strip() or not text.paragraphs or bool(text.action) != kind.has_link:
        raise WrongText(f"{kind.name}: a text lacks a part")


def kind_named(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKind(name) from None


def registered() -> list[Kind]:
    return [_kinds[name] for name in sorted(_kinds)]


def wording(kind: Kind, language: str) -> Text:
    """The text in force."""
    return kind.texts[language]


def language_of(code: str) -> str:
    """The language to write in for one that is stored with a person: English for "en-GB", else Italian."""
    language = code[:2].lower()
    return language if language in LANGUAGES else LANGUAGES[0]
