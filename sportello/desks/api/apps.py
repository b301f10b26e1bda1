from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "sportello.desks.api"
    label = "api"
