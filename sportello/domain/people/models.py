"""Everybody who signs in, and the roles of those who work for the company."""

import unicodedata
from importlib import import_module
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member of staff is. A customer is no role: who can reach a customer's data is."""

    AGENT = "agent", _("Agent")
    CALL_CENTER = "call_center", _("Call center")
    BACK_OFFICE = "back_office", _("Back office")
    CREDIT_CHECKER = "credit_checker", _("Credit check")
    MANAGER = "manager", _("Operational manager")
    ADMINISTRATOR = "administrator", _("Administrator")


def normalise_username(username: str) -> str:
    """One spelling for a user name, so that look-alikes of width and case are one name."""
    return unicodedata.normalize("NFKC", username).strip().lower()


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, username: str, password: str | None = None, **fields: object) -> "User":
        """Adds a person; without a password nobody can sign in as him yet."""
        user = self.model(username=normalise_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def locked(self, number: int) -> "User":
        """The person as he is now, whom nobody else changes until the transaction ends."""
        return self.select_for_update().get(pk=number)


class User(AbstractBaseUser):
    """A login: a customer's, a delegate's or a staff member's."""

    username = models.CharField(_("user name"), max_length=150)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=2, default="it")
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)  # made by the demo; can sign in nowhere else
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["username"], name="one_user_a_name"),
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="one_user_an_email"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="email_is_lower_case"),
            models.CheckConstraint(condition=Q(username=Lower("username")), name="username_is_lower_case"),
            models.CheckConstraint(condition=Q(roles__contained_by=Role.values), name="known_roles_only"),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username

    @property
    def is_staff(self) -> bool:
        """Works for the company in any role."""
        return bool(self.roles)

    def has_role(self, *roles: Role) -> bool:
        return any(role in self.roles for role in roles)


class Session(AbstractBaseSession):
    """What the site remembers of a browser. ``person`` is who has signed in with it, so that one query reads both."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store
