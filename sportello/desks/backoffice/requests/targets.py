"""Colleagues: whose a request may be, and whom it may be given to: offices, who is at work in them with how much, agents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sportello.domain.activities.models import Activity
from sportello.domain.activities.routing import Target
from sportello.domain.people.models import DESK, Absence, Office, Role, User

Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass
class Targets:
    """As ``by`` sees them; read when they are first asked for, in two queries. Agents are on offer to managers alone."""

    by: User
    today: date

    @cached_property
    def offices(self) -> Sequence[Office]:
        return list(Office.objects.filter(is_active=True))

    @cached_property
    def everybody(self) -> Sequence[Any]:
        """Who works on requests, and agents, at work or not; each with ``has``, how many open requests, and ``away``."""
        open_ones = Activity.objects.open().filter(owner=OuterRef("pk")).order_by()
        counted = Subquery(open_ones.values("owner").annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        away = Exists(Absence.objects.on(self.today).filter(person=OuterRef("pk")))
        staff = User.objects.filter(is_active=True, roles__overlap=[*DESK, Role.AGENT])
        known = staff.annotate(has=Coalesce(counted, 0), away=away).select_related("office")
        return list(known.order_by("last_name", "first_name", "username"))

    @property
    def people(self) -> Sequence[Any]:
        """Whom something may be given to now."""
        agents = self.by.has_role(Role.MANAGER)
        return [each for each in self.everybody if not each.away and (agents or each.has_role(*DESK))]

    def whose(self) -> list[tuple[str, str]]:
        """Whose a request may be."""
        return [(str(each.pk), each.get_full_name()) for each in self.everybody]

    def choices(self) -> Choices:
        """In groups: offices, the people of each, those of none, agents."""
        groups: Choices = []
        if self.offices:
            groups.append((_("Offices"), [(f"office:{each.pk}", each.name) for each in self.offices]))
        desk = [each for each in self.people if each.has_role(*DESK)]
        for office in self.offices:
            groups.append((office.name, [_choice(each) for each in desk if each.office_id == office.pk]))
        known = {office.pk for office in self.offices}
        groups.append((_("Without an office"), [_choice(each) for each in desk if each.office_id not in known]))
        groups.append((_("Agents"), [_choice(each) for each in self.people if not each.has_role(*DESK)]))
        return [(title, choices) for title, choices in groups if choices]

    def named(self, code: str) -> Target:
        """Of a choice that is on offer."""
        sort, _colon, number = code.partition(":")
        if sort == "office":
            return Target(office=next(each for each in self.offices if str(each.pk) == number))
        person = next(each for each in self.people if str(each.pk) == number)
        return Target(person=person, office=person.office)


def _choice(person: Any) -> tuple[str, str]:
    has = ngettext("%(num)s open", "%(num)s open", person.has) % {"num": person.has}
    return f"person:{person.pk}", f"{person.get_full_name()} ({has})"
