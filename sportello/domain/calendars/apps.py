from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "sportello.domain.calendars"
    label = "calendars"
