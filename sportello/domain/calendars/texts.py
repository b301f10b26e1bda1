"""What comes with an invitation: to a member of staff, or to the calendar of an office."""

from typing import Final

from sportello.domain.messages.kinds import Kind, Text, register

PLACEHOLDERS: Final = {
    "title": "Reclamo A-26000123",
    "when": "24/12/2026",
    "place": "Via Roma 1, Modena",
    "detail": "Entro il limite.",
}


def _kind(name: str, it: tuple[str, ...], en: tuple[str, ...]) -> Kind:
    """The first of each is the subject."""
    return register(
        Kind(
            name=name,
            placeholders=PLACEHOLDERS,
            long=frozenset({"detail", "place"}),
            texts={
                "it": Text(
                    subject=it[0], paragraphs=("{name},", *it[1:], "{place}", "{detail}"), action="Apri in Sportello"
                ),
                "en": Text(
                    subject=en[0], paragraphs=("{name},", *en[1:], "{place}", "{detail}"), action="Open in Sportello"
                ),
            },
        )
    )


INVITED = _kind(
    "calendar_invited",
    ("{title}: {when}", "le è stato affidato: {title}, {when}."),
    ("{title}: {when}", "this has been given to you: {title}, {when}."),
)
CHANGED = _kind(
    "calendar_changed",
    ("Cambiato: {title}, {when}", "è cambiato: {title}, ora {when}."),
    ("Changed: {title}, {when}", "this has changed: {title}, now {when}."),
)
CANCELLED = _kind(
    "calendar_cancelled",
    ("Annullato: {title}, {when}", "non è più in agenda: {title}, {when}."),
    ("Cancelled: {title}, {when}", "this is no longer in your calendar: {title}, {when}."),
)
