"""Everybody who signs in, the roles and offices of those who work for the company, and who of them is away."""

import unicodedata
from datetime import date
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


DESK = (Role.BACK_OFFICE, Role.CALL_CENTER, Role.MANAGER)  # who works on requests


def normalise_username(username: str) -> str:
    """One spelling for a user name, so that look-alikes of width and case are one name."""
    return unicodedata.normalize("NFKC", username).strip().lower()


class Office(models.Model):
    """A part of the company that work is given to. ``calendar_address`` is where its own calendar takes invitations, "" for
    none."""

    name = models.CharField(_("name"), max_length=80)
    calendar_address = models.EmailField(_("address of its calendar"), blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_office_a_name")]

    def __str__(self) -> str:
        return self.name


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

    def at_work(self, day: date) -> "models.QuerySet[User]":
        """Members of staff who may be given something on this day: neither switched off nor away."""
        away = Absence.objects.on(day).values("person")
        return self.filter(is_active=True).exclude(roles=[]).exclude(pk__in=away)


class User(AbstractBaseUser):
    """A login: a customer's, a delegate's or a staff member's."""

    username = models.CharField(_("user name"), max_length=150)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=2, default="it")
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    office = models.ForeignKey(Office, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
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


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> "AbsenceQuerySet":
        return self.filter(Q(last_day=None) | Q(last_day__gte=day), first_day__lte=day)

    def to_come(self, day: date) -> "AbsenceQuerySet":
        """Those that are not over, the first to begin first."""
        return self.filter(Q(last_day=None) | Q(last_day__gte=day)).order_by("first_day", "pk")


class Absence(models.Model):
    """Somebody is not at work from ``first_day`` to ``last_day``, both included; None where he has left, or nobody knows.

    He is given nothing meanwhile, and what he has goes to ``substitute``, where there is one; ``moved_at`` says when it has.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    substitute = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField()
    moved_at = models.DateTimeField(null=True)

    objects: ClassVar[AbsenceQuerySet] = AbsenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=models.F("first_day")), name="absence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=models.F("person")), name="nobody_stands_in_for_himself"
            ),
        ]


class Session(AbstractBaseSession):
    """What the site remembers of a browser. ``person`` is who has signed in with it, so that one query reads both."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store
