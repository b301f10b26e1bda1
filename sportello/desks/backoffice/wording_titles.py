"""What each message is called in Administration, where several have the same subject for their readers."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sportello.domain.messages.kinds import Kind

TITLES: dict[str, str | Promise] = {
    "access_changed": _("Access: user name or e-mail changed"),
    "appointment": _("Appointment: made, to the customer"),
    "appointment_cancelled": _("Appointment: cancelled, to the customer"),
    "appointment_moved": _("Appointment: changed, to the customer"),
    "calendar_cancelled": _("Calendar: cancelled"),
    "calendar_changed": _("Calendar: changed"),
    "calendar_invited": _("Calendar: invitation"),
    "customer_added": _("First access: a customer was added"),
    "invoice_debit_returned": _("Invoice by e-mail: reminder of a debit that came back"),
    "invoice_due": _("Invoice by e-mail: reminder before the due date"),
    "invoice_link": _("Invoice by e-mail: with a link"),
    "invoice_on_paper": _("Invoice by e-mail: letter where no e-mail arrives"),
    "invoice_pdf": _("Invoice by e-mail: with the PDF"),
    "invoice_run_summary": _("Invoice by e-mail: summary of the night, to administrators"),
    "new_web_code": _("First access: new web code, by letter"),
    "password_changed": _("Access: password changed"),
    "prove_email": _("Access: confirm the e-mail address"),
    "prove_invoice_address": _("Invoice by e-mail: confirm the address"),
    "reading_corrected": _("Self-reading: corrected by an operator"),
    "reading_not_valid": _("Self-reading: not accepted by the distributor"),
    "reading_refused": _("Self-reading: refused by an operator"),
    "reading_reminder": _("Self-reading: time to read the meter"),
    "recovery_blocked": _("Recovery: too many wrong answers"),
    "recovery_code": _("Recovery: code by letter"),
    "recovery_link": _("Recovery: link to a new password"),
    "request_answered": _("Request: answer to the customer"),
    "request_answered_visitor": _("Request: answer to a visitor"),
    "request_answered_writer": _("Request: answer to who has written"),
    "request_asked_writer": _("Request: who has written is asked for something"),
    "request_executed_writer": _("Request: executed, to who has written"),
    "request_refused_writer": _("Request: refused, to who has written"),
    "request_asked": _("Request: the customer is asked for something"),
    "request_asked_visitor": _("Request: a visitor is asked for something"),
    "request_bank_refused": _("Request: the bank has refused the direct debit"),
    "request_changes_data": _("Protection: data change, to the old address by e-mail"),
    "request_changes_data_letter": _("Protection: data change, to the old address by letter"),
    "request_due_today": _("Terms: due today, to who has it"),
    "request_executed": _("Request: executed, to the customer"),
    "request_executed_visitor": _("Request: executed, to a visitor"),
    "request_objected": _("Protection: somebody objects"),
    "request_protected": _("Protection: request that can be stopped, by e-mail"),
    "request_protected_letter": _("Protection: request that can be stopped, by letter"),
    "request_received": _("Request: received"),
    "request_received_without_term": _("Request: received, without a term"),
    "request_refused": _("Request: refused, to the customer"),
    "request_refused_visitor": _("Request: refused, to a visitor"),
    "request_resumed": _("Protection: a stopped request goes on"),
    "request_revokes_debit": _("Protection: revocation of a direct debit, by e-mail"),
    "request_revokes_debit_letter": _("Protection: revocation of a direct debit, by letter"),
    "request_stays_stopped": _("Protection: a stopped request stays cancelled"),
    "request_stopped": _("Protection: a request was stopped"),
    "requests_due_soon": _("Terms: due soon, to who has it"),
    "requests_due_soon_office": _("Terms: due soon, to the office"),
    "requests_late": _("Terms: late, to managers"),
    "staff_invited": _("Staff: invitation to choose a password"),
}


def title_of(kind: Kind, language: str) -> str:
    """Its subject where it has no title of its own."""
    return str(TITLES.get(kind.name) or kind.texts[language].subject)
