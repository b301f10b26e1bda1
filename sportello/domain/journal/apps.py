from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "sportello.domain.journal"
    label = "journal"
