"""A web worker pays for the libraries of forms and direct debits only when it shows one."""

import subprocess
import sys

HEAVY = ("codicefiscale", "schwifty", "django")
PROGRAM = f"""
import sys
from sportello.italy import cap, codice_fiscale, iban, partita_iva, pdr, pod
codice_fiscale.validate("RSSMRA80A01F257G")
print([name for name in {HEAVY} if name in sys.modules])
print(sorted(name for name in sys.modules if name.startswith("sportello.") and not name.startswith("sportello.italy")))
"""


def test_it_loads_neither_heavy_libraries_nor_other_rooms() -> None:
    loaded = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert loaded.stdout.split("\n")[:2] == ["[]", "[]"]
