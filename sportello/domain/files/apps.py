from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "sportello.domain.files"
    label = "files"
