from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "sportello.connectors.embedded"
    label = "embedded"
