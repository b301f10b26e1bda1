from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "sportello.domain.activities"
    label = "activities"
