"""Where the people of the demo company live and where they were born, and how the air there makes gas count."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

SIXTH = Decimal("0.000001")
# Days of heating in climate zone E, in which all of our municipalities are.
HEATING_DAYS = 183


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """``altitude`` is in metres above the sea, ``degree_days`` are those of a year of heating; both are near enough."""

    municipality: str
    province: str
    altitude: int
    degree_days: int
    postcodes: tuple[str, ...]
    streets: tuple[str, ...]

    @property
    def coefficient(self) -> Decimal:
        return coefficient(altitude=self.altitude, degree_days=self.degree_days)


@cache
def coefficient(*, altitude: int, degree_days: int, heating_days: int = HEATING_DAYS) -> Decimal:
    """The coefficient C, from cubic metres on a meter at low pressure to standard ones (15 °C, 1.01325 bar)."""
    outside = rounded(Decimal("1.01325") * (1 - Decimal("0.0000225577") * altitude) ** Decimal("5.2559"))
    pressure = rounded((outside + Decimal("0.020")) / Decimal("1.01325"))
    colder = rounded(Decimal(degree_days) / heating_days)
    warmth = rounded(Decimal("288.15") / (Decimal("295.15") - colder))
    return rounded(pressure * warmth)


def rounded(value: Decimal) -> Decimal:
    return value.quantize(SIXTH, ROUND_HALF_UP)


def place(municipality: str) -> Place:
    return next(place for place in PLACES if place.municipality == municipality)


PLACES = (
    Place(
        municipality="Concordia sulla Secchia",
        province="MO",
        altitude=22,
        degree_days=2_265,
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
        altitude=18,
        degree_days=2_269,
        postcodes=("41037",),
        streets=("Via Pico", "Viale Cinque Martiri", "Via Statale Nord", "Via Giovanni Pascoli", "Piazza Costituente"),
    ),
    Place(
        municipality="San Possidonio",
        province="MO",
        altitude=20,
        degree_days=2_268,
        postcodes=("41039",),
        streets=("Via Giacomo Matteotti", "Via Federzoni", "Piazza Andreoli", "Via dell'Agricoltura"),
    ),
    Place(
        municipality="Novi di Modena",
        province="MO",
        altitude=21,
        degree_days=2_266,
        postcodes=("41016",),
        streets=("Via Provinciale per Carpi", "Via Antonio Gramsci", "Piazza Primo Maggio", "Via XXV Aprile"),
    ),
    Place(
        municipality="Cavezzo",
        province="MO",
        altitude=22,
        degree_days=2_264,
        postcodes=("41032",),
        streets=("Via Volturno", "Via Giuseppe Garibaldi", "Piazza Martiri della Libertà", "Via Cavour"),
    ),
    Place(
        municipality="Modena",
        province="MO",
        altitude=34,
        degree_days=2_258,
        postcodes=("41121", "41122", "41123", "41124", "41125", "41126"),
        streets=("Via Emilia Est", "Viale Ciro Menotti", "Strada Vignolese", "Via Giardini", "Corso Canalgrande"),
    ),
    Place(
        municipality="Moglia",
        province="MN",
        altitude=20,
        degree_days=2_346,
        postcodes=("46024",),
        streets=("Via Nazionale Romana", "Piazza della Libertà", "Via Tazio Nuvolari"),
    ),
)

# Belfiore codes: the municipality, or the country (Z…), that stands in a codice fiscale.
BORN_NEAR = ("C951", "F240", "F257", "F257", "F240", "A944", "L781")
BORN_FAR = ("H501", "F205", "F839", "L219", "G273", "D969", "L736")
