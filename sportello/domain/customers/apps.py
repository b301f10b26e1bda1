from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "sportello.domain.customers"
    label = "customers"
