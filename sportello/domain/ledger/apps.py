from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "sportello.domain.ledger"
    label = "ledger"
