"""The journal's events about a person, in words for him."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sportello.domain.journal.models import Event

WORDS: dict[str, Promise] = {
    "accounts.password_changed": gettext_lazy("Password changed"),
    "accounts.password_recovered": gettext_lazy("New password chosen with a link or a letter"),
    "accounts.username_changed": gettext_lazy("User name changed"),
    "accounts.question_changed": gettext_lazy("Secret question changed"),
    "accounts.saved_code_changed": gettext_lazy("New saved code made"),
    "accounts.email_asked": gettext_lazy("Confirmation of an e-mail address asked for"),
    "accounts.email_changed": gettext_lazy("E-mail address changed"),
    "accounts.recovery_blocked": gettext_lazy("Too many wrong answers while choosing a new password"),
    "accounts.app_added": gettext_lazy("App for two-step sign-in added"),
    "accounts.app_removed": gettext_lazy("App for two-step sign-in removed"),
    "accounts.passkey_added": gettext_lazy("Passkey added"),
    "accounts.passkey_removed": gettext_lazy("Passkey removed"),
    "accounts.recovery_codes_made": gettext_lazy("New recovery codes made"),
    "accounts.invited": gettext_lazy("Invitation to choose a password sent"),
    "accounts.roles_changed": gettext_lazy("Roles changed"),
    "accounts.switched_off": gettext_lazy("Access switched off"),
    "accounts.switched_on": gettext_lazy("Access switched on again"),
    "accounts.second_factor_reset": gettext_lazy("Second step of signing in reset"),
}


def in_words(event: Event) -> str:
    """What happened; of an event that has no words here, at least that something did."""
    if event.name == "activities.registration_executed":
        return _("Customer %(code)s linked with the web code") % {"code": event.customer_code}
    if event.name == "accounts.recovery_started":
        by_post = event.detail.get("channel") == "post"
        if event.actor_id is not None:
            return (
                _("New password: a member of staff had a letter sent")
                if by_post
                else _("New password: a member of staff had a link sent")
            )
        return _("New password asked for: letter sent") if by_post else _("New password asked for: link sent by e-mail")
    return str(WORDS.get(event.name) or _("Something else was changed (%(name)s)") % {"name": event.name})
