from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "sportello.desks.backoffice"
    label = "backoffice"
