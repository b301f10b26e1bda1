from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    name = "sportello.desks.website"
    label = "website"
