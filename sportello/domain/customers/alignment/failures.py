"""What is written down when billing fails: words for staff, never a record's content."""

from sportello.billing.errors import BillingError, ForeignRows, NotThere

LONGEST = 200
UNKNOWN = "billing does not know this customer"
FOREIGN = "billing answered with rows of somebody else; nothing of the answer was used"
HALF = "billing answered without the customer; nothing of the answer was used"


def in_words(error: Exception) -> str:
    if isinstance(error, NotThere):
        return UNKNOWN
    if isinstance(error, ForeignRows):
        return FOREIGN
    if isinstance(error, BillingError):
        return str(error)[:LONGEST]
    # A connector that broke its promise; its message may hold anything.
    return f"the connector failed: {type(error).__name__}"[:LONGEST]
