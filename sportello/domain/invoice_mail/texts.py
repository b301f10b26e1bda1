"""What goes with an invoice by e-mail, in both languages, with a link to it or with its PDF; and the summary of a night."""

from sportello.domain.messages.kinds import Kind, Text, register

PLACEHOLDERS = {
    "invoice": "2026/G/0001234",
    "issued": "10/11/2026",
    "amount": "121,40 €",
    "due_on": "30/11/2026",
    "to_pay": "121,40 € entro il 30/11/2026",
    "period": "dal 01/09/2026 al 31/10/2026",
    "supplies": "Gas, Via Grandi 39, Concordia sulla Secchia",
}

LINK = register(
    Kind(
        name="invoice_link",
        placeholders=PLACEHOLDERS,
        texts={
            "it": Text(
                subject="La sua fattura {invoice} del {issued}",
                paragraphs=(
                    "Gentile {name},",
                    "è pronta la sua fattura {invoice} del {issued}.\nFornitura: {supplies}\nPeriodo: {period}\nDa pagare: {to_pay}",
                    "Può vederla e scaricarla allo sportello online.",
                ),
                action="Vedi la fattura",
            ),
            "en": Text(
                subject="Your invoice {invoice} of {issued}",
                paragraphs=(
                    "Dear {name},",
                    "your invoice {invoice} of {issued} is ready.\nSupply: {supplies}\nPeriod: {period}\nTo pay: {to_pay}",
                    "You can see it and download it at the online counter.",
                ),
                action="See the invoice",
            ),
        },
    )
)

PDF = register(
    Kind(
        name="invoice_pdf",
        placeholders=PLACEHOLDERS,
        texts={
            "it": Text(
                subject="La sua fattura {invoice} del {issued}",
                paragraphs=(
                    "Gentile {name},",
                    "in allegato trova la sua fattura {invoice} del {issued}.\nFornitura: {supplies}\nPeriodo: {period}\nDa pagare: {to_pay}",
                    "La trova anche allo sportello online, con le fatture precedenti e i pagamenti.",
                ),
            ),
            "en": Text(
                subject="Your invoice {invoice} of {issued}",
                paragraphs=(
                    "Dear {name},",
                    "attached is your invoice {invoice} of {issued}.\nSupply: {supplies}\nPeriod: {period}\nTo pay: {to_pay}",
                    "You also find it at the online counter, with earlier invoices and payments.",
                ),
            ),
        },
    )
)

SUMMARY = register(
    Kind(
        name="invoice_run_summary",
        placeholders={
            "night": "01/12/2026",
            "began": "02:00",
            "ended": "02:41",
            "queued": "3.120",
            "sent": "3.101",
            "failed": "4",
            "withdrawn": "1",
            "later": "14",
            "twice": "0",
            "waiting": "6",
        },
        texts={
            "it": Text(
                subject="Fatture via e-mail, notte del {night}: inviate {sent} su {queued}",
                paragraphs=(
                    "Gentile {name},",
                    "l’invio della notte del {night} è iniziato alle {began} e finito alle {ended}.",
                    "E-mail da inviare: {queued}\nInviate: {sent}\nRifiutate o abbandonate: {failed}\n"
                    "Da ritentare: {later}\nRitirate prima dell’invio: {withdrawn}\nForse inviate due volte: {twice}\n"
                    "Fatture in attesa del PDF: {waiting}",
                ),
                action="Vedi l’invio",
            ),
            "en": Text(
                subject="Invoices by e-mail, night of {night}: {sent} of {queued} sent",
                paragraphs=(
                    "Dear {name},",
                    "the run of the night of {night} began at {began} and ended at {ended}.",
                    "E-mails to send: {queued}\nSent: {sent}\nRefused or given up: {failed}\n"
                    "To be tried again: {later}\nWithdrawn before sending: {withdrawn}\nPerhaps sent twice: {twice}\n"
                    "Invoices waiting for their PDF: {waiting}",
                ),
                action="See the run",
            ),
        },
    )
)
