"""What people are written about their requests, in both languages."""

from dataclasses import replace

from sportello.domain.messages.kinds import Kind, Text, register

PLACEHOLDERS = {
    "number": "A-26000123",
    "kind": "Rettifica di una fattura",
    "due": "24/12/2026",
    "answer": "Abbiamo controllato la lettura.\n\nLa fattura è stata ricalcolata: riceverà una nota di credito.",
}


def _kind(name: str, it: tuple[str, ...], en: tuple[str, ...]) -> Kind:
    """The first of each is the subject."""
    return register(
        Kind(
            name=name,
            placeholders=PLACEHOLDERS,
            long=frozenset({"answer"}),
            texts={
                "it": Text(subject=it[0], paragraphs=("Gentile {name},", *it[1:]), action="Vedi la richiesta {number}"),
                "en": Text(subject=en[0], paragraphs=("Dear {name},", *en[1:]), action="See the request {number}"),
            },
        )
    )


RECEIVED = _kind(
    "request_received",
    (
        "Abbiamo ricevuto la sua richiesta {number}",
        "abbiamo ricevuto la sua richiesta «{kind}». Il numero è {number}.",
        "Rispondiamo entro il {due}. Allo sportello vede in ogni momento a che punto è, e può scriverci.",
    ),
    (
        "We have received your request {number}",
        "we have received your request “{kind}”. Its number is {number}.",
        "You will hear from us by {due}. At the counter you can see at any time how it stands, and write to us.",
    ),
)

EXECUTED = _kind(
    "request_executed",
    (
        "La sua richiesta {number} è evasa",
        "la sua richiesta «{kind}», numero {number}, è evasa.",
        "{answer}",
    ),
    (
        "Your request {number} is executed",
        "your request “{kind}”, number {number}, is executed.",
        "{answer}",
    ),
)

REFUSED = _kind(
    "request_refused",
    (
        "Non possiamo accogliere la sua richiesta {number}",
        "abbiamo esaminato la sua richiesta «{kind}», numero {number}, e non possiamo accoglierla.",
        "{answer}",
        "Se non è d'accordo può riaprirla allo sportello, o presentare un reclamo.",
    ),
    (
        "We cannot grant your request {number}",
        "we have looked at your request “{kind}”, number {number}, and cannot grant it.",
        "{answer}",
        "If you do not agree you can reopen it at the counter, or make a complaint.",
    ),
)

ASKED = _kind(
    "request_asked",
    (
        "Ci serve qualcosa per la sua richiesta {number}",
        "per andare avanti con la sua richiesta «{kind}», numero {number}, ci serve qualcosa da lei:",
        "{answer}",
        "Può rispondere e allegare documenti allo sportello.",
    ),
    (
        "We need something for your request {number}",
        "to go on with your request “{kind}”, number {number}, we need something from you:",
        "{answer}",
        "You can answer and attach documents at the counter.",
    ),
)

ANSWERED = _kind(
    "request_answered",
    (
        "Risposta alla sua richiesta {number}",
        "le rispondiamo sulla sua richiesta «{kind}», numero {number}:",
        "{answer}",
    ),
    (
        "Answer to your request {number}",
        "here is our answer to your request “{kind}”, number {number}:",
        "{answer}",
    ),
)


def _without_link(kind: Kind) -> Kind:
    """For whoever has no counter to look at."""
    texts = {language: replace(text, action="") for language, text in kind.texts.items()}
    return register(replace(kind, name=f"{kind.name}_visitor", texts=texts))


WITHOUT_LINK = {kind.name: _without_link(kind) for kind in (EXECUTED, REFUSED, ASKED, ANSWERED)}
