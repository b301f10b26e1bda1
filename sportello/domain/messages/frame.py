"""The words around every message's own text, in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    closing: str
    by_hand: str
    automatic: str
    customer_service: str
    wiped: str


FRAMES = {
    "it": Frame(
        closing="Cordiali saluti",
        by_hand="Se il pulsante non funziona, copi questo indirizzo nel suo browser:",
        automatic="Questo messaggio è stato inviato automaticamente: la preghiamo di non rispondere.",
        customer_service="Servizio clienti: {number}",
        wiped="[cancellato dopo l’invio]",
    ),
    "en": Frame(
        closing="Kind regards",
        by_hand="If the button does not work, copy this address into your browser:",
        automatic="This message was sent automatically: please do not reply.",
        customer_service="Customer service: {number}",
        wiped="[erased after sending]",
    ),
}
