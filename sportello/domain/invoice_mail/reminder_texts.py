"""What is written some days before an invoice is due, and when a direct debit has come back, to who wants to be told."""

from sportello.domain.messages.kinds import Kind, Text, register

PLACEHOLDERS = {
    "invoice": "2026/G/0001234",
    "issued": "10/11/2026",
    "open": "121,40 €",
    "due_on": "30/11/2026",
    "supplies": "Gas, Via Grandi 39, Concordia sulla Secchia",
}

DUE = register(
    Kind(
        name="invoice_due",
        placeholders=PLACEHOLDERS,
        texts={
            "it": Text(
                subject="La fattura {invoice} scade il {due_on}",
                paragraphs=(
                    "Gentile {name},",
                    "le ricordiamo che il {due_on} scade la fattura {invoice} del {issued}.\nFornitura: {supplies}\n"
                    "Da pagare: {open}",
                    "Se ha già pagato, non tenga conto di questo messaggio: un pagamento può arrivarci qualche giorno dopo.",
                    "Può cambiare questo avviso in ogni momento allo sportello online, alla pagina «Fattura via e-mail».",
                ),
                action="Vedi la fattura e come pagarla",
            ),
            "en": Text(
                subject="Invoice {invoice} is due on {due_on}",
                paragraphs=(
                    "Dear {name},",
                    "this is to remind you that invoice {invoice} of {issued} is due on {due_on}.\nSupply: {supplies}\n"
                    "To pay: {open}",
                    "If you have paid already, please take no notice of this: a payment may reach us some days later.",
                    "You can change this reminder at any time at the online counter, on the page “Invoice by e-mail”.",
                ),
                action="See the invoice and how to pay it",
            ),
        },
    )
)

RETURNED = register(
    Kind(
        name="invoice_debit_returned",
        placeholders={**PLACEHOLDERS, "returned_on": "02/12/2026"},
        texts={
            "it": Text(
                subject="Addebito non riuscito: fattura {invoice}",
                paragraphs=(
                    "Gentile {name},",
                    "il {returned_on} la banca ci ha restituito l’addebito della fattura {invoice} del {issued}.\n"
                    "Fornitura: {supplies}\nDa pagare: {open}",
                    "L’addebito non viene ripetuto da solo: allo sportello online trova come pagare in un altro modo.",
                    "Può cambiare questo avviso in ogni momento allo sportello online, alla pagina «Fattura via e-mail».",
                ),
                action="Vedi la fattura e come pagarla",
            ),
            "en": Text(
                subject="Direct debit returned: invoice {invoice}",
                paragraphs=(
                    "Dear {name},",
                    "on {returned_on} the bank returned the direct debit of invoice {invoice} of {issued}.\n"
                    "Supply: {supplies}\nTo pay: {open}",
                    "The debit is not repeated by itself: at the online counter you find how to pay in another way.",
                    "You can change this notice at any time at the online counter, on the page “Invoice by e-mail”.",
                ),
                action="See the invoice and how to pay it",
            ),
        },
    )
)
