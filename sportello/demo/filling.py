"""Puts the demo company into the embedded billing; everything else about the company needs no database."""

from sportello.connectors.embedded.loading import is_empty, load
from sportello.demo.company import Company


def fill_embedded(company: Company) -> bool:
    """Loads ``company`` where the embedded billing is empty; says whether it did."""
    if not is_empty():
        return False
    load(company.records)
    return True
