"""Collects the texts of code and templates into the Italian catalogue; with --check, only says what is missing there."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po, write_po

CATALOGUE = Path("sportello/locale/it/LC_MESSAGES/django.po")
KEYWORDS = ["gettext_noop", "gettext_lazy", "ngettext_lazy:1,2", "pgettext_lazy:1c,2"]


def extract(target: Path) -> None:
    keywords = [word for keyword in KEYWORDS for word in ("--keyword", keyword)]
    options = ["--no-location", "--sort-output", "--omit-header", "--mapping", "babel.cfg", *keywords]
    CommandLineInterface().run(["pybabel", "--quiet", "extract", *options, "--output-file", str(target), "."])


def missing(template: Path) -> list[str]:
    """Texts that the catalogue lacks, has empty, or has only as a guess."""
    with template.open("rb") as file:
        wanted = read_po(file)
    with CATALOGUE.open("rb") as file:
        have = read_po(file, locale="it")
    lacking = []
    for message in wanted:
        if not message.id:
            continue
        known = have.get(message.id, message.context)
        texts = (known.string if isinstance(known.string, tuple) else (known.string,)) if known else ()
        if not texts or not all(texts) or (known and known.fuzzy):
            lacking.append(str(message.id))
        elif any(names(text) - names(str(message.id)) for text in texts):
            lacking.append(f"{message.id} (a placeholder that it has not)")
    return lacking


def names(text: str) -> set[str]:
    """The placeholders of a text: %(name)s."""
    return set(re.findall(r"%\((\w+)\)s", text))


def update(template: Path) -> None:
    """Writes the catalogue anew from the texts found, keeping every translation that still has its text."""
    with template.open("rb") as file:
        found = read_po(file)
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="it")
    catalogue.update(found, no_fuzzy_matching=True)
    # Nothing that changes from one run to the next, so that a difference is always a text.
    catalogue.header_comment = "# Italian, as the bills speak it."
    catalogue.fuzzy = False
    catalogue.project, catalogue.version = "Sportello", "1"
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, ignore_obsolete=True)


def main() -> int:
    check = "--check" in sys.argv
    with TemporaryDirectory() as folder:
        template = Path(folder) / "django.pot"
        extract(template)
        if not check:
            update(template)
        lacking = missing(template)
    for text in lacking:
        print(f"not translated: {text}")
    return int(check and bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
