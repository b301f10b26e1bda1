"""Whom a request may be given to: offices, who is at work in them and how much he has, and agents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sportello.domain.activities.assigning import load_of
from sportello.domain.activities.routing import Target
from sportello.domain.people.models import DESK, Office, Role, User

Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass
class Targets:
    """For ``by``; read when it is first asked. Agents are on offer to managers alone."""

    by: User
    today: date

    @cached_property
    def offices(self) -> Sequence[Office]:
        return list(Office.objects.filter(is_active=True))

    @cached_property
    def people(self) -> Sequence[User]:
        roles = [*DESK, Role.AGENT] if self.by.has_role(Role.MANAGER) else list(DESK)
        found = User.objects.at_work(self.today).filter(roles__overlap=roles).select_related("office")
        return list(found.order_by("last_name", "first_name", "username"))

    @cached_property
    def loads(self) -> Mapping[int, int]:
        return load_of(self.people)

    def choices(self) -> Choices:
        """In groups: offices, the people of each, those of none, agents."""
        groups: Choices = []
        if self.offices:
            groups.append((_("Offices"), [(f"office:{each.pk}", each.name) for each in self.offices]))
        desk = [each for each in self.people if each.has_role(*DESK)]
        for office in self.offices:
            groups.append((office.name, [self._choice(each) for each in desk if each.office_id == office.pk]))
        known = {office.pk for office in self.offices}
        groups.append((_("Without an office"), [self._choice(each) for each in desk if each.office_id not in known]))
        groups.append((_("Agents"), [self._choice(each) for each in self.people if not each.has_role(*DESK)]))
        return [(title, choices) for title, choices in groups if choices]

    def _choice(self, person: User) -> tuple[str, str]:
        count = self.loads.get(person.pk, 0)
        has = ngettext("%(num)s open", "%(num)s open", count) % {"num": count}
        return f"person:{person.pk}", f"{person.get_full_name()} ({has})"

    def named(self, code: str) -> Target:
        """Of a choice that is on offer."""
        sort, _colon, number = code.partition(":")
        if sort == "office":
            return Target(office=next(each for each in self.offices if str(each.pk) == number))
        person = next(each for each in self.people if str(each.pk) == number)
        return Target(person=person, office=person.office)
