"""Italy's municipalities with their provinces and postcodes, for checking and finding addresses."""

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from sportello.italy.provinces import PROVINCES

MOST_FOUND, FEW = 20, 4
LONGEST_NAME = 100
NEAR = 0.75  # how much of two names is the same, of 1


class PlaceQuerySet(models.QuerySet["Place"]):
    def named(self, name: str) -> Sequence["Place"]:
        """Those of exactly this name, however it is spelt; several provinces may have one."""
        return list(self.filter(spelt=spelt(name)).order_by("province"))

    def beginning(self, typed: str) -> Sequence["Place"]:
        """At most ``MOST_FOUND`` whose name begins so, or that have this postcode, whole or its beginning.

        The province may be written behind the name, by its letters or its name; of a province written alone its
        municipalities come after those whose name begins so.
        """
        text = spelt(typed)
        if len(text) < 2:
            return []
        if text.isdigit():
            wanted = (
                self.filter(postcodes__contains=[text])
                if len(text) == 5
                else self.filter(first_postcode__startswith=text)
            )
            return list(wanted.order_by("spelt", "province")[:MOST_FOUND])
        found = [*self._named_so(text), *self._in_province(text)]
        return list({each.code: each for each in found}.values())[:MOST_FOUND]

    def _named_so(self, text: str) -> Sequence["Place"]:
        most = MOST_FOUND // 2 if text.upper() in PROVINCES else MOST_FOUND
        found = list(self.filter(spelt__startswith=text).order_by("spelt", "province")[:most])
        name, _, province = text.rpartition(" ")
        if found or not name:
            return found
        there = Q(province=province.upper()) | Q(province_name__istartswith=province)
        return list(self.filter(there, spelt__startswith=name).order_by("spelt", "province")[:most])

    def _in_province(self, text: str) -> Sequence["Place"]:
        there = Q(province=text.upper()) | Q(province_name__iexact=text)
        return list(self.filter(there).order_by("spelt")[:MOST_FOUND])

    def alike(self, typed: str) -> Sequence["Place"]:
        """A few that somebody may have meant whose municipality is not known by the name that he wrote."""
        if begun := self.beginning(typed):
            return begun[:FEW]
        text = spelt(typed)[:LONGEST_NAME]
        near = {each.spelt: each for each in self.filter(spelt__startswith=text[:1])} if text else {}
        return [near[each] for each in get_close_matches(text, near, n=FEW, cutoff=NEAR)]


class Place(models.Model):
    """A municipality. ``code`` is the land registry's (Belfiore), ``spelt`` its name in small letters without accents."""

    code = models.CharField(primary_key=True, max_length=4)
    name = models.CharField(max_length=100)
    spelt = models.CharField(max_length=100)
    province = models.CharField(max_length=2)
    province_name = models.CharField(max_length=100)
    postcodes = ArrayField(models.CharField(max_length=5))
    first_postcode = models.CharField(max_length=5, blank=True)

    objects: ClassVar[PlaceQuerySet] = PlaceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["spelt"], opclasses=["text_pattern_ops"], name="place_by_name"),
            models.Index(fields=["first_postcode"], opclasses=["varchar_pattern_ops"], name="place_by_postcode"),
        ]

    @property
    def in_words(self) -> str:
        """Samone (TN)."""
        return f"{self.name} ({self.province})"

    @property
    def chosen(self) -> str:
        """As a list of places gives it, and forms take it: with the postcode, where it has but one."""
        return f"{self.in_words} {self.postcodes[0]}" if len(self.postcodes) == 1 else self.in_words


def spelt(name: str) -> str:
    """As names are compared: small letters, no accents, apostrophes and hyphens as blanks."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(each if each.isalnum() else " " for each in plain if not unicodedata.combining(each))
    return " ".join(kept.split())
