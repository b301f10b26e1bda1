"""What members of staff and offices are written about the terms of requests that have been given to them, and what customers
are written about appointments.
"""

from sportello.domain.messages.kinds import Kind, Text, register

SOME = "Reclamo A-26000123: 24/12/2026\nRettifica di una fattura A-26000140: 27/12/2026"


def _list(name: str, it: tuple[str, ...], en: tuple[str, ...]) -> Kind:
    """The first of each is the subject."""
    return register(
        Kind(
            name=name,
            placeholders={"count": "2", "requests": SOME},
            long=frozenset({"requests"}),
            texts={
                "it": Text(subject=it[0], paragraphs=("{name},", it[1], "{requests}"), action="Apri le richieste"),
                "en": Text(subject=en[0], paragraphs=("{name},", en[1], "{requests}"), action="Open the requests"),
            },
        )
    )


DUE_SOON = _list(
    "requests_due_soon",
    ("Richieste in scadenza: {count}", "queste richieste affidate a lei scadono tra poco e non sono ancora evase:"),
    ("Requests due soon: {count}", "these requests, which have been given to you, are due soon and not executed yet:"),
)
OFFICE_DUE_SOON = _list(
    "requests_due_soon_office",
    ("Richieste in scadenza: {count}", "queste richieste affidate scadono tra poco e non sono ancora evase:"),
    ("Requests due soon: {count}", "these requests have been given to somebody, are due soon and not executed yet:"),
)
LATE = _list(
    "requests_late",
    ("Richieste scadute: {count}", "queste richieste sono scadute e non sono ancora evase:"),
    ("Requests that are late: {count}", "these requests are late and not executed yet:"),
)
DUE_TODAY = register(
    Kind(
        name="request_due_today",
        placeholders={"number": "A-26000123", "kind": "Reclamo", "due": "24/12/2026"},
        texts={
            "it": Text(
                subject="Scade oggi: {kind} {number}",
                paragraphs=(
                    "{name},",
                    "la richiesta {number} («{kind}») scade il {due} e non risulta evasa.",
                    "Confermi che è fatta, oppure dica che cosa manca.",
                ),
                action="Conferma o di' che cosa manca",
            ),
            "en": Text(
                subject="Due today: {kind} {number}",
                paragraphs=(
                    "{name},",
                    "request {number} (“{kind}”) is due on {due} and has not been executed.",
                    "Please confirm that it is done, or say what is missing.",
                ),
                action="Confirm, or say what is missing",
            ),
        },
    )
)


def _appointment(name: str, it: tuple[str, str], en: tuple[str, str]) -> Kind:
    """Subject, and what is said."""
    return register(
        Kind(
            name=name,
            placeholders={
                "subject": "Verifica del contatore",
                "when": "24/12/2026, 10:00–11:00",
                "place": "Via Roma 1",
            },
            texts={
                "it": Text(subject=it[0], paragraphs=("Gentile {name},", it[1], "{subject}\n{when}\n{place}")),
                "en": Text(subject=en[0], paragraphs=("Dear {name},", en[1], "{subject}\n{when}\n{place}")),
            },
        )
    )


APPOINTMENT = _appointment(
    "appointment",
    ("Appuntamento: {when}", "abbiamo fissato un appuntamento. L’invito allegato lo porta nella sua agenda."),
    ("Appointment: {when}", "we have made an appointment. The invitation puts it into your calendar."),
)
APPOINTMENT_MOVED = _appointment(
    "appointment_moved",
    ("Appuntamento cambiato: {when}", "l’appuntamento è cambiato. Ora è così:"),
    ("Appointment changed: {when}", "the appointment has changed. It is now:"),
)
APPOINTMENT_CANCELLED = _appointment(
    "appointment_cancelled",
    ("Appuntamento annullato: {when}", "l’appuntamento è annullato:"),
    ("Appointment cancelled: {when}", "the appointment is cancelled:"),
)
