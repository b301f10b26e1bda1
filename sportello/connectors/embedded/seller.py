"""The company that sells, as its invoices name it; made up, but with numbers that pass every check."""

from django.conf import settings

from sportello.billing.records import Address

VAT_NUMBER = "09999990360"
ADDRESS = Address(
    street="Via Achille Grandi",
    number="39",
    postcode="41033",
    municipality="Concordia sulla Secchia",
    province="MO",
)


def name() -> str:
    return str(settings.COMPANY_NAME)
