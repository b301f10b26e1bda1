"""What somebody is written who is asked whether he wants a customer's invoices at his address."""

from sportello.domain.messages.kinds import Kind, Text, register

# It goes to an address that nobody has proven: it names no customer.
PROVE_INVOICE_ADDRESS = register(
    Kind(
        name="prove_invoice_address",
        placeholders={"until": "01/12/2026"},
        texts={
            "it": Text(
                subject="Vuole ricevere qui delle fatture di {company}?",
                paragraphs=(
                    "Buongiorno,",
                    "un cliente di {company} ha indicato questo indirizzo per ricevere le sue fatture via e-mail. Le inviamo qui solo se "
                    "lei lo conferma, entro il {until}.",
                    "Se non ne sa nulla non faccia niente: non riceverà nessuna fattura.",
                ),
                action="Conferma l'indirizzo",
            ),
            "en": Text(
                subject="Do you want to get invoices of {company} here?",
                paragraphs=(
                    "Good day,",
                    "a customer of {company} has named this address to get his invoices by e-mail. We send them here only if you confirm "
                    "it, by {until}.",
                    "If you know nothing of it do nothing: you will get no invoice.",
                ),
                action="Confirm the address",
            ),
        },
    )
)
