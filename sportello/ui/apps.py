from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "sportello.ui"
    label = "ui"

    def ready(self) -> None:
        from sportello.ui import theme  # noqa: F401 (registers a check)
