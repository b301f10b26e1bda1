from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "sportello.desks.documents"
    label = "documents"
