from datetime import date, timedelta
from itertools import product

from codicefiscale import codicefiscale

from sportello.demo import cast, customers, names, places
from sportello.demo.chance import chance

TODAY = date(2026, 11, 24)


def test_the_tax_code_is_the_librarys():
    """For every name that can be drawn, and those of the cast."""
    rng = chance("tax codes")
    abroad = [
        (first, last, code) for code, men, women, lasts in names.ABROAD for first, last in product(men + women, lasts)
    ]
    near = [(first, rng.choice(names.SURNAMES), rng.choice(places.BORN_NEAR)) for first in names.MEN + names.WOMEN]
    far = [(rng.choice(names.MEN), last, rng.choice(places.BORN_FAR)) for last in names.SURNAMES]
    known = [(one.first_name, one.last_name, "C951") for one in cast.PROTAGONISTS]
    for first, last, born_in in [*abroad, *near, *far, *known, ("Bo", "Fo", "F257"), ("Ugo", "Aiea", "F257")]:
        born, woman = TODAY - timedelta(days=rng.randint(7_000, 30_000)), rng.random() < 0.5
        wanted = codicefiscale.encode(
            lastname=last,
            firstname=first,
            gender="F" if woman else "M",
            birthdate=born.isoformat(),
            birthplace=born_in,
        )
        found = customers.tax_code_of(first, last, woman=woman, birth_date=born, born_in=born_in)
        assert found == wanted, (first, last)
