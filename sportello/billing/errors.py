"""What may go wrong between us and a billing system; connectors raise these and nothing else."""


class BillingError(Exception):
    """Any failure of the billing system, as a connector reports it."""


class Unavailable(BillingError):
    """Billing is down, slow, or answers something that is not an answer. Trying again later may help.

    ``retry_after`` is in seconds, None where billing did not say.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Refused(BillingError):
    """Billing understood and said no. Trying again does not help.

    ``field`` names the part of what was asked that billing objects to, "" where it did not say.
    """

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Conflict(BillingError):
    """What was asked no longer fits the state of the record in billing."""


class NotThere(BillingError):
    """Billing does not know this code."""

    def __init__(self, kind: str, code: str) -> None:
        super().__init__(f"billing knows no {kind} with this code")
        self.kind = kind
        self.code = code


class ForeignRows(BillingError):
    """Billing answered with rows that belong to somebody else than was asked for; nothing of the answer is used."""
