from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sportello.domain.accounts"
    label = "accounts"
