"""Changes of what a person signs in with besides his password: in the journal, and told to every address."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from sportello.domain.accounts import notices, texts
from sportello.domain.journal.models import record
from sportello.domain.messages.links import Link as Page
from sportello.domain.people.models import User


@transaction.atomic
def changed(user: User, what: str, *, now: datetime) -> None:
    """``what``: app_added, app_removed, passkey_added, passkey_removed or recovery_codes_made."""
    record(f"accounts.{what}", now=now, actor_id=user.pk, about=("user", str(user.pk)))
    with translation.override(user.language):
        words = {
            "app_added": _("a new app that makes codes for signing in"),
            "app_removed": _("the app that made codes for signing in was removed"),
            "passkey_added": _("a new passkey"),
            "passkey_removed": _("a passkey was removed"),
            "recovery_codes_made": _("new recovery codes"),
        }[what]
    notices.tell(
        user,
        texts.ACCESS_CHANGED,
        now=now,
        values={"when": notices.when(now), "what": words},
        page=Page("forgot_password"),
    )
