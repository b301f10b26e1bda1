"""Values that occur nowhere else, for every field of a stranger's records; seen anywhere, they are a leak."""

import re
import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import models

BIRD = f"QZ{secrets.token_hex(1).upper()}"  # begins every text
SHORTEST = 7  # characters; a shorter text could be met by chance
TAKEN: set[str] = set()  # by all canaries of one cast: none may be the beginning of another
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


class Canaries:
    """Makes them and finds them again, in whatever way a page writes numbers and dates.

    There are few days that could be canaries: ``dated=False`` is for those who do without, and leave them to the others.
    """

    def __init__(self, *, dated: bool = True) -> None:
        self.dated = dated
        self.texts: set[str] = set()
        self.numbers: set[str] = set()
        self.dates: set[date] = set()

    def text(self, longest: int | None = None) -> str:
        made = BIRD + "".join(secrets.choice(LETTERS) for _ in range(min(longest or 20, 20) - len(BIRD)))
        if any(made.startswith(other) or other.startswith(made) for other in TAKEN):
            return self.text(longest)
        TAKEN.add(made)
        self.texts.add(made)
        return made

    def digits(self, count: int) -> str:
        made = "".join(secrets.choice("123456789") for _ in range(count))
        self.numbers.add(made)
        return made

    def decimal(self, places: int = 2) -> Decimal:
        whole = self.digits(7 + places)
        return Decimal(whole).scaleb(-places)

    def day(self) -> date:
        """Within the last year, so that lists and charts would show it; an odd number of days before today, and no
        whole weeks: charts name those by themselves."""
        days = next(each for each in iter(lambda: 2 * secrets.randbelow(160) + 9, None) if each % 7)
        made = date.today() - timedelta(days=days)  # noqa: DTZ011
        if not self.dated:
            return made - timedelta(days=1)
        self.dates.add(made)
        return made

    def fields(self, model: type[models.Model], **given: Any) -> dict[str, Any]:
        """A canary for each field that can hold one; ``given`` are those that something depends on."""
        values = {name: value for field in model._meta.fields for name, value in self._field(field)}
        return {**values, **given}

    def _field(self, field: models.Field) -> Iterator[tuple[str, Any]]:
        if field.is_relation or field.choices:
            return
        if isinstance(field, models.DecimalField):
            yield field.name, self.decimal(field.decimal_places)
        elif isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
            yield field.name, self.day()
        elif isinstance(field, models.CharField | models.TextField):
            if field.max_length is None or field.max_length >= SHORTEST:
                yield field.name, self.text(field.max_length)

    def seen_in(self, text: str) -> set[str]:
        """The canaries that ``text`` holds, in upper or lower case."""
        upper = text.upper()
        found = {canary for canary in self.texts if canary in upper} if BIRD in upper else set()
        numbers = {re.sub(r"\D", "", number) for number in re.findall(r"\d[\d.,]*\d", text)}
        numbers |= {re.sub(r"\s", "", number) for number in re.findall(r"\d[\d\s]{8,}\d", text)}
        found |= {canary for canary in self.numbers if canary in numbers}
        days = {date_of(match) for match in re.findall(r"\d\d/\d\d/\d{4}|\d{4}-\d\d-\d\d", text)}
        return found | {str(day) for day in self.dates & days}


def date_of(written: str) -> date | None:
    try:
        return (
            date(*reversed([int(part) for part in written.split("/")]))
            if "/" in written
            else date.fromisoformat(written)
        )
    except ValueError:
        return None
