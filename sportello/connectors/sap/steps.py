"""Takes what was asked to SAP in steps, each of which is only taken where it is not so already.

SAP keeps no key of ours. A look comes first, from which the steps follow that are still missing; after ``Unavailable``,
or a crash between two steps, the next look finds what was done and the rest is done then. No step undoes another's.

What remains possible: SAP is still at work on a request that we gave up waiting for, and the next look comes too early to
see it. What is changed is then changed once more to the same; what is created may be there twice, of which one is used.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sportello.billing.commands import Receipt
from sportello.billing.errors import Conflict, NotThere, Refused
from sportello.connectors.sap.answers import Asked
from sportello.connectors.sap.client import Client
from sportello.connectors.sap.queries import Query, address
from sportello.connectors.sap.rows import row_of, same_code
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.values import Row, code
from sportello.connectors.sap.writes import Write, body, target


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write. ``row`` holds the keys of what is changed or taken out, and what is sent.

    ``field`` is the part of the command that it is about, ``fields`` those that single properties are about.
    """

    write: Write
    row: Mapping[str, Any]
    field: str = ""
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """To whom and about whom: one customer at one SAP."""

    client: Client
    site: Site
    customer_code: str

    @property
    def asked(self) -> Asked:
        return Asked(kind="customer", code=self.customer_code)

    def look(self, query: Query) -> Row:
        """Raises ``NotThere`` for a customer that SAP does not know."""
        answer = self.client.read(address(query, key=self.customer_code, site=self.site), asked=self.asked)
        return row_of(answer, node=query.node, owner=self.customer_code, site=self.site)

    def take(self, step: Step) -> Any:
        """What SAP made of it, None where it says nothing. A refusal names the field of the command."""
        keys = {name: step.row[name] for name in step.write.keys}
        path = target(step.write, site=self.site, keys=keys)
        sent = None if step.write.method == "DELETE" else body(step.write, [step.row], site=self.site)
        try:
            return self.client.write(step.write.method, path, sent, asked=self.asked)
        except Refused as no:
            raise Refused(no.reason, field=self._field(no.field, step)) from no
        except NotThere as gone:
            raise Conflict("what should be changed is not there any more") from gone

    def made(self, answer: Any, step: Step, name: str) -> str:
        """The number ``name`` that SAP gave to what ``step`` created, "" where it does not say so of this customer."""
        if not isinstance(answer, Mapping):
            return ""
        entity = step.write.entity
        owner, number = (answer.get(self.site.name(f"{entity}.{each}")) for each in ("AccountID", name))
        return number.strip() if same_code(owner, self.customer_code) and isinstance(number, str) else ""

    def _field(self, theirs: str, step: Step) -> str:
        named = {self.site.name(f"{step.write.entity}.{name}"): ours for name, ours in step.fields.items()}
        return named.get(theirs, step.field)


def take_all(plan: Callable[[], Sequence[Step]], taking: Taking) -> Receipt:
    """Takes the steps that ``plan`` finds missing; a receipt without a number.

    Raises ``Refused`` and ``Conflict``, where an earlier step has been taken with a word about that: whoever goes on by hand
    has to know it.
    """
    steps = plan()
    for count, step in enumerate(steps):
        try:
            taking.take(step)
        except (Refused, Conflict) as no:
            if not plan():  # it was done by a request whose answer was lost
                return Receipt(duplicate=True)
            raise told(no, [each.field for each in steps[:count]]) from no
    return Receipt(duplicate=not steps)


def told(no: Refused | Conflict, done: Sequence[str]) -> Refused | Conflict:
    if not done:
        return no
    before = f" (already changed: {', '.join(dict.fromkeys(done))})"
    return Refused(no.reason + before, field=no.field) if isinstance(no, Refused) else Conflict(f"{no}{before}")


def contract_account(account: Row, account_code: str) -> Row:
    """The customer's contract account. Raises ``NotThere``."""
    for found in account["ContractAccounts"]:
        if same_code(code(found, "ContractAccountID"), account_code):
            return dict(found)
    raise NotThere("billing account", account_code)
