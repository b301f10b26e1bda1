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

RECEIVED_WITHOUT_TERM = _kind(
    "request_received_without_term",
    (
        "Abbiamo ricevuto la sua richiesta {number}",
        "abbiamo ricevuto la sua richiesta «{kind}». Il numero è {number}.",
        "Allo sportello vede in ogni momento a che punto è, e può scriverci.",
    ),
    (
        "We have received your request {number}",
        "we have received your request “{kind}”. Its number is {number}.",
        "At the counter you can see at any time how it stands, and write to us.",
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

BANK_REFUSED = _kind(
    "request_bank_refused",
    (
        "La banca non ha accettato la domiciliazione: richiesta {number}",
        "la sua banca ci ha risposto: non accetta il mandato della richiesta «{kind}», numero {number}.",
        "{answer}",
        "Con questo mandato non addebitiamo nulla: paghi le fatture come prima, entro la scadenza. Chiarisca con la banca, o "
        "presenti una nuova richiesta con i dati giusti.",
    ),
    (
        "Your bank has not accepted the direct debit: request {number}",
        "your bank has answered us: it does not accept the mandate of your request “{kind}”, number {number}.",
        "{answer}",
        "Nothing is debited by this mandate: pay your invoices as before, by their due date. Clear it with your bank, or make a "
        "new request with the right data.",
    ),
)


PROTECTED = register(
    Kind(
        name="request_protected",
        placeholders={"number": "A-26000123", "kind": "Domiciliazione bancaria", "until": "27/11/2026"},
        texts={
            "it": Text(
                subject="È stato lei? Richiesta {number}",
                paragraphs=(
                    "Gentile {name},",
                    "allo sportello è stata presentata la richiesta «{kind}», numero {number}, che cambia il conto su cui addebitiamo le "
                    "sue fatture. La eseguiamo non prima del {until}.",
                    "Se è stato lei, non deve fare nulla. Se non è stato lei, la fermi: basta un clic, e nessun addebito cambia.",
                ),
                action="Non sono stato io: ferma la richiesta",
            ),
            "en": Text(
                subject="Was this you? Request {number}",
                paragraphs=(
                    "Dear {name},",
                    "the request “{kind}”, number {number}, was made at the counter. It changes the account from which we debit your "
                    "invoices. We carry it out on {until} at the earliest.",
                    "If it was you, you need do nothing. If it was not you, stop it: one press is enough, and no debit changes.",
                ),
                action="It was not me: stop the request",
            ),
        },
    )
)

PROTECTED_ON_PAPER = register(
    Kind(
        name="request_protected_letter",
        placeholders={**PROTECTED.placeholders, "phone": "800 000 000"},
        texts={
            "it": Text(
                subject="È stato lei? Richiesta {number}",
                paragraphs=(
                    *PROTECTED.texts["it"].paragraphs[:2],
                    "Se è stato lei, non deve fare nulla. Se non è stato lei, ci chiami al numero {phone} e dica il numero della richiesta.",
                ),
            ),
            "en": Text(
                subject="Was this you? Request {number}",
                paragraphs=(
                    *PROTECTED.texts["en"].paragraphs[:2],
                    "If it was you, you need do nothing. If it was not you, call us at {phone} and tell the number of the request.",
                ),
            ),
        },
    )
)

STOPPED = _kind(
    "request_stopped",
    (
        "La richiesta {number} è stata fermata",
        "la richiesta «{kind}», numero {number}, è stata fermata da chi ha ricevuto il nostro avviso. Nulla è cambiato.",
        "Se aveva fatto lei la richiesta, la presenti di nuovo. Altrimenti cambi la password del suo accesso: {answer}",
    ),
    (
        "Request {number} has been stopped",
        "the request “{kind}”, number {number}, has been stopped by who received our notice. Nothing has changed.",
        "If it was you who made it, make it again. Otherwise change the password of your login: {answer}",
    ),
)


OBJECTED = _kind(
    "request_objected",
    (
        "Richiesta {number}: qualcuno dice che non è stato lei",
        "per la richiesta «{kind}», numero {number}, qualcuno che ha ricevuto il nostro avviso ci ha detto di non averla fatta. Un "
        "nostro operatore controlla subito, e se serve rimette i dati com'erano.",
        "Per sicurezza cambi la password del suo accesso: {answer}",
    ),
    (
        "Request {number}: somebody says that it was not you",
        "of the request “{kind}”, number {number}, somebody who received our notice has told us that it was not made by you. One of "
        "us looks at it at once, and puts the data back if need be.",
        "To be on the safe side change the password of your login: {answer}",
    ),
)

RESUMED = _kind(
    "request_resumed",
    (
        "La richiesta {number} va avanti",
        "la richiesta «{kind}», numero {number}, era stata fermata. Abbiamo verificato con lei che è sua: va avanti.",
        "{answer}",
    ),
    (
        "Request {number} goes on",
        "the request “{kind}”, number {number}, had been stopped. We have made sure with you that it is yours: it goes on.",
        "{answer}",
    ),
)

STAYS_STOPPED = _kind(
    "request_stays_stopped",
    (
        "La richiesta {number} resta annullata",
        "la richiesta «{kind}», numero {number}, era stata fermata e resta annullata. Nulla è cambiato.",
        "{answer}",
    ),
    (
        "Request {number} stays cancelled",
        "the request “{kind}”, number {number}, had been stopped and stays cancelled. Nothing has changed.",
        "{answer}",
    ),
)


CHANGED = register(
    Kind(
        name="request_changes_data",
        placeholders={"number": "A-26000123", "what": "Telefono, E-mail", "phone": "800 000 000"},
        texts={
            "it": Text(
                subject="È stato lei? I suoi dati cambiano",
                paragraphs=(
                    "Gentile {name},",
                    "allo sportello è stato chiesto di cambiare i suoi dati: {what}. La richiesta ha il numero {number}. La avvisiamo "
                    "agli indirizzi che avevamo prima e a quelli nuovi.",
                    "Se è stato lei, non deve fare nulla. Se non è stato lei, ce lo dica: basta un clic. Può anche chiamarci al numero "
                    "{phone}.",
                ),
                action="Non sono stato io",
            ),
            "en": Text(
                subject="Was this you? Your data change",
                paragraphs=(
                    "Dear {name},",
                    "at the counter somebody has asked to change your data: {what}. The request has the number {number}. We tell you "
                    "at the addresses that we had before and at the new ones.",
                    "If it was you, you need do nothing. If it was not you, tell us: one press is enough. You can also call us at "
                    "{phone}.",
                ),
                action="It was not me",
            ),
        },
    )
)

CHANGED_ON_PAPER = register(
    Kind(
        name="request_changes_data_letter",
        placeholders=CHANGED.placeholders,
        texts={
            "it": Text(
                subject=CHANGED.texts["it"].subject,
                paragraphs=(
                    *CHANGED.texts["it"].paragraphs[:2],
                    "Se è stato lei, non deve fare nulla. Se non è stato lei, ci chiami subito al numero {phone} e dica il numero della "
                    "richiesta.",
                ),
            ),
            "en": Text(
                subject=CHANGED.texts["en"].subject,
                paragraphs=(
                    *CHANGED.texts["en"].paragraphs[:2],
                    "If it was you, you need do nothing. If it was not you, call us at once at {phone} and tell the number of the "
                    "request.",
                ),
            ),
        },
    )
)


REVOKED = register(
    Kind(
        name="request_revokes_debit",
        placeholders={"number": "A-26000123", "phone": "800 000 000"},
        texts={
            "it": Text(
                subject="È stato lei? La domiciliazione viene revocata",
                paragraphs=(
                    "Gentile {name},",
                    "allo sportello è stata chiesta la revoca della domiciliazione bancaria. La richiesta ha il numero {number}. Quando "
                    "sarà eseguita, le nuove fatture non saranno più addebitate sul conto e andranno pagate con bollettino o bonifico.",
                    "Se è stato lei, non deve fare nulla. Se non è stato lei, ce lo dica: basta un clic. Può anche chiamarci al numero "
                    "{phone}.",
                ),
                action="Non sono stato io",
            ),
            "en": Text(
                subject="Was this you? The direct debit is being revoked",
                paragraphs=(
                    "Dear {name},",
                    "at the counter somebody has asked to revoke the direct debit. The request has the number {number}. Once it is "
                    "carried out, new invoices are no longer debited and have to be paid by postal slip or bank transfer.",
                    "If it was you, you need do nothing. If it was not you, tell us: one press is enough. You can also call us at "
                    "{phone}.",
                ),
                action="It was not me",
            ),
        },
    )
)

REVOKED_ON_PAPER = register(
    Kind(
        name="request_revokes_debit_letter",
        placeholders=REVOKED.placeholders,
        texts={
            language: Text(
                subject=text.subject, paragraphs=(*text.paragraphs[:2], CHANGED_ON_PAPER.texts[language].paragraphs[2])
            )
            for language, text in REVOKED.texts.items()
        },
    )
)

COUNTER = {
    "it": (
        "Se non è d'accordo può riaprirla allo sportello, o presentare un reclamo.",
        "Può rispondere e allegare documenti allo sportello.",
    ),
    "en": (
        "If you do not agree you can reopen it at the counter, or make a complaint.",
        "You can answer and attach documents at the counter.",
    ),
}
WITH_RECEIPT = {
    "it": "Con il numero e il codice della ricevuta può vedere la richiesta sul nostro sito, scriverci e allegare documenti.",
    "en": "With the number and the code of your receipt you can see the request on our site, write to us and attach documents.",
}


WITHOUT_RECEIPT = {
    "it": "Per scriverci ancora indichi il numero della richiesta.",
    "en": "If you write to us again, please give the number of the request.",
}
TO_STRANGERS = (EXECUTED, REFUSED, ASKED, ANSWERED)


def _for_visitor(kind: Kind) -> Kind:
    """For whoever has no counter: his receipt opens the request to him."""
    texts = {
        language: replace(text, paragraphs=(*_without_counter(text, language), WITH_RECEIPT[language]))
        for language, text in kind.texts.items()
    }
    return register(replace(kind, name=f"{kind.name}_visitor", texts=texts))


def _for_writer(kind: Kind) -> Kind:
    """For whoever has written on paper or by mail, and has neither counter nor receipt: it leads nowhere."""
    texts = {
        language: replace(text, paragraphs=(*_without_counter(text, language), WITHOUT_RECEIPT[language]), action="")
        for language, text in kind.texts.items()
    }
    return register(replace(kind, name=f"{kind.name}_writer", texts=texts))


def _without_counter(text: Text, language: str) -> list[str]:
    return [each for each in text.paragraphs if each not in COUNTER[language]]


# With which a request ends.
ENDS = tuple(f"{kind.name}{who}" for kind in (EXECUTED, REFUSED, ANSWERED) for who in ("", "_visitor", "_writer"))
FOR_VISITORS = {kind.name: _for_visitor(kind) for kind in TO_STRANGERS}
FOR_WRITERS = {kind.name: _for_writer(kind) for kind in TO_STRANGERS}
