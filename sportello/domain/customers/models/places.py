"""Italy's municipalities with their provinces and postcodes, for checking and finding addresses."""

import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

MOST_FOUND = 20


class PlaceQuerySet(models.QuerySet["Place"]):
    def named(self, name: str) -> Sequence["Place"]:
        """Those of exactly this name, however it is spelt; several provinces may have one."""
        return list(self.filter(spelt=spelt(name)).order_by("province"))

    def beginning(self, typed: str) -> Sequence["Place"]:
        """At most ``MOST_FOUND`` whose name begins so, or that have this postcode, whole or its beginning."""
        text = spelt(typed)
        if len(text) < 2:
            return []
        if text.isdigit():
            wanted = (
                self.filter(postcodes__contains=[text])
                if len(text) == 5
                else self.filter(first_postcode__startswith=text)
            )
        else:
            wanted = self.filter(spelt__startswith=text)
        return list(wanted.order_by("spelt", "province")[:MOST_FOUND])


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


def spelt(name: str) -> str:
    """As names are compared: small letters, no accents, apostrophes and hyphens as blanks."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(each if each.isalnum() else " " for each in plain if not unicodedata.combining(each))
    return " ".join(kept.split())
