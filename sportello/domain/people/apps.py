from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sportello.domain.people"
    label = "people"
