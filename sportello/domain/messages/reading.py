"""What has gone out, to be read by people: the demo's mailbox, and what operators look up."""

from sportello.domain.messages.composing import Composed, compose
from sportello.domain.messages.models import Message, MessageQuerySet


def newest() -> MessageQuerySet:
    """All mails and letters, the newest first; who may see them is for the desk to say."""
    return Message.objects.order_by("-created_at", "-pk")


def read(message: Message) -> Composed:
    """Subject, text and HTML. In the demo links and secrets are there; elsewhere they are wiped, and it says so."""
    return compose(message)
