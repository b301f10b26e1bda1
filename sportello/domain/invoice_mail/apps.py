from django.apps import AppConfig


class InvoiceMailConfig(AppConfig):
    name = "sportello.domain.invoice_mail"
    label = "invoice_mail"

    def ready(self) -> None:
        from sportello.domain.invoice_mail import paper_text, reminder_texts, texts  # noqa: F401 (registers the kinds of mail)
