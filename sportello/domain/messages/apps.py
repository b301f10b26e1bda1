from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "sportello.domain.messages"
    label = "outbox"  # Django's own messages have the other name

    def ready(self) -> None:
        from sportello.domain.messages import transport  # noqa: F401 (registers a check)
