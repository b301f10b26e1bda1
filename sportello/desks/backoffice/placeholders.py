"""What each placeholder of a message stands for, in words, and what is wrong with a text that has others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.domain.messages.kinds import ALWAYS, Kind
from sportello.domain.messages.placeholders import PLACEHOLDER, names_in
from sportello.domain.messages.previews import SAMPLE_NAMES
from sportello.ui.company import company

MEANINGS: Final[dict[str, str | Promise]] = {
    "name": gettext_lazy("first and last name, or the company's, of whom we write to"),
    "company": gettext_lazy("our company's name"),
    "number": gettext_lazy("the number of the request"),
    "title": gettext_lazy("what stands in the calendar, such as “Complaint A-26000123”"),
    "subject": gettext_lazy("what the appointment is for"),
    "detail": gettext_lazy("what is said about it besides; it may be empty"),
    "place": gettext_lazy("where it takes place; it may be empty"),
    "count": gettext_lazy("how many requests"),
    "requests": gettext_lazy("the requests, one a line: kind, number, day by which it is due"),
    "kind": gettext_lazy("what was asked for, such as “Correction of an invoice”"),
    "due": gettext_lazy("the day by which we answer; a dash where there is none"),
    "answer": gettext_lazy("what the operator writes to the customer"),
    "supply": gettext_lazy("the supply: service and address"),
    "supplies": gettext_lazy("the supplies: services and addresses"),
    "day": gettext_lazy("the day of the reading"),
    "value": gettext_lazy("the reading that goes into billing"),
    "reason": gettext_lazy("why the distributor has not accepted the reading"),
    "until": gettext_lazy("the last day on which it can be done"),
    "username": gettext_lazy("the user name of the login"),
    "when": gettext_lazy("the day and time at which it happened"),
    "what": gettext_lazy("what was changed"),
    "code": gettext_lazy("the code to be typed"),
    "page": gettext_lazy("the address of the page on which the code is typed"),
    "customer": gettext_lazy("the customer's number"),
    "invoice": gettext_lazy("the number of the invoice"),
    "issued": gettext_lazy("the day on which the invoice was issued"),
    "amount": gettext_lazy("the amount of the invoice, in euro"),
    "due_on": gettext_lazy("the day by which the invoice is to be paid; a dash where there is none"),
    "to_pay": gettext_lazy("what is to be paid, by when, and how where it is debited"),
    "period": gettext_lazy("the period of the invoice; a dash where there is none"),
    "open": gettext_lazy("what is to be paid now, in euro"),
    "returned_on": gettext_lazy("the day on which the direct debit came back"),
    "night": gettext_lazy("the day of the night's run"),
    "began": gettext_lazy("the time at which the run began"),
    "ended": gettext_lazy("the time at which the run ended"),
    "queued": gettext_lazy("how many e-mails were to be sent"),
    "sent": gettext_lazy("how many e-mails were sent"),
    "failed": gettext_lazy("how many were refused or given up"),
    "withdrawn": gettext_lazy("how many were withdrawn, as the invoice had changed"),
    "later": gettext_lazy("how many are tried again later"),
    "twice": gettext_lazy("how many may have been sent twice"),
    "waiting": gettext_lazy("how many invoices wait for their PDF"),
    "phone": gettext_lazy("the number of customer service"),
}
# What begins like a placeholder and is none, or a brace that nothing opened.
_STRAY = re.compile(r"\{+[^{}]{0,40}\}*|\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    name: str
    meaning: str | Promise
    sample: str
    secret: bool

    @property
    def written(self) -> str:
        return f"{{{self.name}}}"


def placeholders_of(kind: Kind, language: str) -> Iterator[Placeholder]:
    always = {"name": SAMPLE_NAMES[language], "company": company().name}
    for name, sample in {**always, **kind.placeholders}.items():
        yield Placeholder(name=name, meaning=MEANINGS.get(name, ""), sample=sample, secret=name in kind.secrets)


def problems(kind: Kind, text: str, *, subject: bool = False) -> list[str]:
    """What ``check_text`` would refuse in this piece, in words that name it."""
    found = []
    allowed = {*kind.placeholders, *ALWAYS}
    for name in sorted(names_in(text) - allowed):
        found.append(_("“%(name)s” is no placeholder of this message.") % {"name": f"{{{name}}}"})
    if subject:
        for name in sorted(names_in(text) & kind.secrets):
            found.append(
                _("“%(name)s” is secret: it stands in the text, never in the subject.") % {"name": f"{{{name}}}"}
            )
    stray = _STRAY.search(PLACEHOLDER.sub("", text))
    if stray:
        found.append(
            _("Braces are only for the placeholders of the list below: “%(piece)s” is none.") % {"piece": stray[0]}
        )
    return found
