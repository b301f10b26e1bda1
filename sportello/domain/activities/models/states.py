"""What a request may be: its kinds and channels, its states with the moves between them, and why it waits for an operator."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Every request starts new; an automatic one is executed by itself once billing has acknowledged it, any other one is
    taken in charge by an operator, and waits where the customer has to say something first."""

    NEW = "new", pgettext_lazy("request", "New")
    TAKEN = "taken", pgettext_lazy("request", "In charge")
    WAITING = "waiting", pgettext_lazy("request", "Waiting for the customer")
    EXPORTED = "exported", pgettext_lazy("request", "Sent to billing")
    EXECUTED = "executed", pgettext_lazy("request", "Executed")
    REFUSED = "refused", pgettext_lazy("request", "Refused")
    CANCELLED = "cancelled", pgettext_lazy("request", "Cancelled")


MOVES: dict[str, tuple[str, ...]] = {
    Status.NEW: (Status.TAKEN, Status.EXPORTED, Status.EXECUTED, Status.REFUSED, Status.CANCELLED),
    Status.TAKEN: (
        Status.NEW,
        Status.WAITING,
        Status.EXPORTED,
        Status.EXECUTED,
        Status.REFUSED,
        Status.CANCELLED,
    ),
    Status.WAITING: (Status.TAKEN, Status.EXECUTED, Status.REFUSED, Status.CANCELLED),
    Status.EXPORTED: (Status.EXECUTED,),
    Status.EXECUTED: (Status.TAKEN,),  # reopened
    Status.REFUSED: (Status.TAKEN,),
    Status.CANCELLED: (Status.TAKEN,),  # only where it was stopped, and an operator has made sure
}
OVER = (Status.EXECUTED, Status.REFUSED, Status.CANCELLED)
OPEN = (Status.NEW, Status.TAKEN, Status.WAITING, Status.EXPORTED)


class Attention(models.TextChoices):
    """Why an operator has to look at a request; nothing happens to it until he has."""

    NONE = "", ""
    KEPT = "kept", _("Kept to be looked at")
    REFUSED = "refused", _("Refused by billing")
    DEAD = "dead", _("Could not be sent to billing")
    STOPPED = "stopped", _("Stopped by who was told of it")
    SETTLED = "settled", _("The invoice has been paid or withdrawn meanwhile")
    COLLECTION = "collection", _("Billing has not suspended or resumed the collection")
    WROTE = "wrote", _("The customer wrote")


# What an operator has to know, while for the customer it goes on as before.
FOR_THE_DESK = (Attention.WROTE, Attention.SETTLED, Attention.COLLECTION)
STOPPED = (Attention.REFUSED, Attention.DEAD)  # at billing, until somebody sends it again or does it by hand


class ActivityKind(models.TextChoices):
    REGISTRATION = "registration", _("First access")
    SELF_READING = "self_reading", _("Self-reading")
    INFORMATION = "information", _("Request for information")
    COMPLAINT = "complaint", _("Complaint")
    PERSONAL_DATA = "personal_data", _("Change of personal data")
    MAILING_ADDRESS = "mailing_address", _("Change of mailing address")
    DIRECT_DEBIT = "direct_debit", pgettext_lazy("request", "Direct debit")
    DIRECT_DEBIT_REVOCATION = "direct_debit_revocation", _("Revocation of the direct debit")
    INVOICE_MAIL = "invoice_mail", _("Invoice by e-mail")
    INVOICE_UNDELIVERED = "invoice_undelivered", _("Invoice not delivered by e-mail")
    INVOICE_CORRECTION = "invoice_correction", _("Correction of an invoice")
    ALREADY_PAID = "already_paid", _("Invoice already paid")
    INSTALMENTS = "instalments", _("Payment by instalments")
    SUPPLY_CLOSURE = "supply_closure", _("Closing of a supply")
    CHANGE_OF_HOLDER = "change_of_holder", _("Change of holder")
    SOMETHING_ELSE = "something_else", _("Something else")
    CONTACT = "contact", _("General contact")


HOUSE_KINDS = (ActivityKind.CONTACT,)  # of the company alone: customers neither see them nor are told of them


# What is over when it has been answered: nothing is carried out.
QUESTIONS = (ActivityKind.INFORMATION, ActivityKind.COMPLAINT)
ANSWERED = pgettext_lazy("request", "Answered")


class Channel(models.TextChoices):
    PORTAL = "portal", _("Online counter")
    UPLOAD = "upload", _("File uploaded to the online counter")
    WEBSITE = "website", _("Website, without signing in")
    TELEPHONE = "telephone", _("Telephone")
    LETTER = "letter", _("Letter received")
    PEC = "pec", _("Certified e-mail (PEC) received")
    EMAIL = "email", _("E-mail received")
    COUNTER = "counter", _("At our office")
    ITSELF = "itself", _("By itself, from what the counter has found")


class IllegalMove(Exception):
    """The request is no longer in a state from which this can happen; somebody else was quicker."""


class Away(IllegalMove):
    """Whom something is to be given to is not at work, or does not work here any more."""


class TooEarly(IllegalMove):
    """Whoever is concerned may still stop it: until ``not_before`` nothing is executed."""


class ChangedMeanwhile(IllegalMove):
    """The request is not any more what it was on the page from which this comes."""
