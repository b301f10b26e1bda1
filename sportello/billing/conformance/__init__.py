"""What every connector must keep to, as tests: a connector's own test subclasses ``Conformance`` and gives a billing.

Nothing here writes to a billing system, so it may run against a real one; only where the subclass says ``may_write``
does it send commands.
"""

from sportello.billing.conformance.asked import Asked
from sportello.billing.conformance.commands import Writes
from sportello.billing.conformance.ground import Sample
from sportello.billing.conformance.records import Reads

__all__ = ["Conformance", "Sample"]


class Conformance(Reads, Writes, Asked):
    """Set ``billing`` and ``sample`` on the subclass, or give them as fixtures or properties.

    ``may_write`` lets the tests send the commands of the sample, and wrong ones made of them. ``judges`` says that the
    billing under test looks at readings as a real one does; one that takes whatever it is given leaves it False.
    """
