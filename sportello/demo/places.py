"""Where the people of the demo company live and where they were born."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    municipality: str
    province: str
    postcodes: tuple[str, ...]
    streets: tuple[str, ...]


PLACES = (
    Place(
        municipality="Concordia sulla Secchia",
        province="MO",
        postcodes=("41033",),
        streets=(
            "Via Achille Grandi",
            "Via Mazzini",
            "Via per Vallalta",
            "Via Dante Alighieri",
            "Piazza della Repubblica",
        ),
    ),
    Place(
        municipality="Mirandola",
        province="MO",
        postcodes=("41037",),
        streets=("Via Pico", "Viale Cinque Martiri", "Via Statale Nord", "Via Giovanni Pascoli", "Piazza Costituente"),
    ),
    Place(
        municipality="San Possidonio",
        province="MO",
        postcodes=("41039",),
        streets=("Via Giacomo Matteotti", "Via Federzoni", "Piazza Andreoli", "Via dell'Agricoltura"),
    ),
    Place(
        municipality="Novi di Modena",
        province="MO",
        postcodes=("41016",),
        streets=("Via Provinciale per Carpi", "Via Antonio Gramsci", "Piazza Primo Maggio", "Via XXV Aprile"),
    ),
    Place(
        municipality="Cavezzo",
        province="MO",
        postcodes=("41032",),
        streets=("Via Volturno", "Via Giuseppe Garibaldi", "Piazza Martiri della Libertà", "Via Cavour"),
    ),
    Place(
        municipality="Modena",
        province="MO",
        postcodes=("41121", "41122", "41123", "41124", "41125", "41126"),
        streets=("Via Emilia Est", "Viale Ciro Menotti", "Strada Vignolese", "Via Giardini", "Corso Canalgrande"),
    ),
    Place(
        municipality="Moglia",
        province="MN",
        postcodes=("46024",),
        streets=("Via Nazionale Romana", "Piazza della Libertà", "Via Tazio Nuvolari"),
    ),
)

# Belfiore codes: the municipality, or the country (Z…), that stands in a codice fiscale.
BORN_NEAR = ("C951", "F240", "F257", "F257", "F240", "A944", "L781")
BORN_FAR = ("H501", "F205", "F839", "L219", "G273", "D969", "L736")
