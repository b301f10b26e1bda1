"""The letter with which an invoice goes by post that has reached nobody by e-mail."""

from sportello.domain.invoice_mail.texts import PLACEHOLDERS
from sportello.domain.messages.kinds import Kind, Text, register

PAPER = register(
    Kind(
        name="invoice_on_paper",
        placeholders=PLACEHOLDERS,
        texts={
            "it": Text(
                subject="La sua fattura {invoice} del {issued}",
                paragraphs=(
                    "Gentile {name},",
                    "non siamo riusciti a consegnarle via e-mail la fattura {invoice} del {issued}: la trova allegata a "
                    "questa lettera.\nFornitura: {supplies}\nPeriodo: {period}\nDa pagare: {to_pay}",
                    "Per ricevere le prossime fatture via e-mail, controlli i suoi indirizzi allo sportello online, "
                    "alla pagina «Fattura via e-mail».",
                ),
            ),
            "en": Text(
                subject="Your invoice {invoice} of {issued}",
                paragraphs=(
                    "Dear {name},",
                    "we could not deliver your invoice {invoice} of {issued} by e-mail: you find it enclosed with this "
                    "letter.\nSupply: {supplies}\nPeriod: {period}\nTo pay: {to_pay}",
                    "To get your next invoices by e-mail, please check your addresses at the online counter, on the page "
                    "“Invoice by e-mail”.",
                ),
            ),
        },
    )
)
