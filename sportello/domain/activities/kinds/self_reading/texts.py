"""What people are written about their readings, in both languages."""

from sportello.domain.messages.kinds import Kind, Text, register

REFUSED = register(
    Kind(
        name="reading_refused",
        placeholders={
            "number": "A-26000123",
            "supply": "gas, Via Grandi 39, Concordia sulla Secchia",
            "day": "24/11/2026",
            "answer": "Il numero non è quello della foto.",
        },
        texts={
            "it": Text(
                subject="La sua lettura {number} non è stata accettata",
                paragraphs=(
                    "Gentile {name},",
                    "abbiamo guardato la lettura del {day} che ci ha mandato per {supply} e non possiamo usarla.",
                    "{answer}",
                    "Può mandarcene un'altra quando vuole.",
                ),
                action="Vedi la richiesta {number}",
            ),
            "en": Text(
                subject="Your reading {number} was not accepted",
                paragraphs=(
                    "Dear {name},",
                    "we have looked at the reading of {day} that you sent us for {supply}, and we cannot use it.",
                    "{answer}",
                    "You can send us another one whenever you like.",
                ),
                action="See the request {number}",
            ),
        },
    )
)

CORRECTED = register(
    Kind(
        name="reading_corrected",
        placeholders={
            "number": "A-26000123",
            "supply": "gas, Via Grandi 39, Concordia sulla Secchia",
            "day": "24/11/2026",
            "value": "1234",
            "answer": "Nella foto si legge 1234.",
        },
        texts={
            "it": Text(
                subject="Abbiamo corretto la sua lettura {number}",
                paragraphs=(
                    "Gentile {name},",
                    "la lettura del {day} che ci ha mandato per {supply} va in fatturazione così: {value}.",
                    "{answer}",
                ),
                action="Vedi la richiesta {number}",
            ),
            "en": Text(
                subject="We have corrected your reading {number}",
                paragraphs=(
                    "Dear {name},",
                    "the reading of {day} that you sent us for {supply} goes to billing like this: {value}.",
                    "{answer}",
                ),
                action="See the request {number}",
            ),
        },
    )
)

NOT_VALID = register(
    Kind(
        name="reading_not_valid",
        placeholders={
            "number": "A-26000123",
            "supply": "gas, Via Grandi 39, Concordia sulla Secchia",
            "day": "24/11/2026",
            "reason": "Lettura non plausibile",
        },
        texts={
            "it": Text(
                subject="Il distributore non ha accettato la sua lettura {number}",
                paragraphs=(
                    "Gentile {name},",
                    "il distributore non ha accettato la lettura del {day} che ci ha mandato per {supply}: {reason}.",
                    "Rilegga il contatore e, se crede, ci mandi un'altra lettura. Finché non ce n'è una valida le bollette contano "
                    "su una stima.",
                ),
                action="Vedi la richiesta {number}",
            ),
            "en": Text(
                subject="The distributor has not accepted your reading {number}",
                paragraphs=(
                    "Dear {name},",
                    "the distributor has not accepted the reading of {day} that you sent us for {supply}: {reason}.",
                    "Please read the meter again and send us another reading if you like. Until there is a valid one, bills count on "
                    "an estimate.",
                ),
                action="See the request {number}",
            ),
        },
    )
)

REMINDER = register(
    Kind(
        name="reading_reminder",
        placeholders={"supplies": "gas, Via Grandi 39, Concordia sulla Secchia", "until": "30/11/2026"},
        texts={
            "it": Text(
                subject="È il momento della lettura",
                paragraphs=(
                    "Gentile {name},",
                    "fino al {until} può comunicare la lettura di: {supplies}.",
                    "Così la prossima bolletta conta il consumo vero e non una stima. Se non vuole più questi promemoria, li disattivi "
                    "nello sportello, alla voce Promemoria.",
                ),
                action="Comunica la lettura",
            ),
            "en": Text(
                subject="It is time to read the meter",
                paragraphs=(
                    "Dear {name},",
                    "until {until} you can give us the reading of: {supplies}.",
                    "Then the next bill counts what you really used, not an estimate. If you do not want these reminders any more, switch "
                    "them off at the counter, under Reminders.",
                ),
                action="Give the reading",
            ),
        },
    )
)
