"""Who works here: invited, given roles, switched off, or let begin anew with the second step of signing in."""

from collections.abc import Callable
from typing import Any, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sportello.desks.forms import TAKEN, Email, Username
from sportello.desks.policies import ADMINISTRATORS
from sportello.domain.accounts import staff
from sportello.domain.accounts.changes import AddressTaken, NameTaken
from sportello.domain.accounts.staff import ChangedMeanwhile, NoAdministrator, Oneself, SwitchedOff
from sportello.domain.journal.models import Event
from sportello.domain.people.models import Role, User

LATEST = 30
LONGEST_NAME = 150
WHAT: dict[str, str | Promise] = {
    "accounts.invited": gettext_lazy("invited by e-mail"),
    "accounts.roles_changed": gettext_lazy("roles changed"),
    "accounts.switched_off": gettext_lazy("switched off"),
    "accounts.switched_on": gettext_lazy("switched on again"),
    "accounts.second_factor_reset": gettext_lazy("second step reset"),
    "accounts.password_recovered": gettext_lazy("password chosen with a link"),
}
DONE: dict[str, str | Promise] = {
    "off": gettext_lazy("%(who)s is switched off; every session has ended."),
    "on": gettext_lazy("%(who)s may sign in again."),
    "invite": gettext_lazy("%(who)s gets a link to choose a password."),
    "factor": gettext_lazy("%(who)s has no second step any more and sets up another one at the next sign-in."),
}
VERBS: dict[str, Callable[..., User]] = {
    "off": staff.switch_off,
    "on": staff.switch_on,
    "invite": staff.invite_again,
    "factor": staff.reset_second_factor,
}


class RolesForm(forms.Form):
    """``seen`` are the roles that were on the page from which this is sent."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=Role.choices,
        error_messages={
            "required": gettext_lazy("Choose one role at least. Who has none any more is switched off."),
            "invalid_choice": gettext_lazy("Choose one from the list."),
        },
    )

    @property
    def seen_roles(self) -> list[str]:
        return [each for each in self.cleaned_data["seen"].split(",") if each]


class InvitationForm(forms.Form):
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=LONGEST_NAME)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=LONGEST_NAME)
    username = Username(label=gettext_lazy("User name"), max_length=LONGEST_NAME)
    email = Email(label=gettext_lazy("E-mail"), max_length=254)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("it", gettext_lazy("Italian")), ("en", gettext_lazy("English"))],
        error_messages={"invalid_choice": gettext_lazy("Choose one from the list.")},
    )
    roles = RolesForm.base_fields["roles"]


@ADMINISTRATORS
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    there = list(staff.members().order_by("-is_active", "last_name", "first_name", "username"))
    context = {
        "tab": "administration",
        "rows": [(each, roles_of(each)) for each in there],
        "protected": protected(there),
    }
    return render(request, "backoffice/people.html", context)


def roles_of(person: User) -> list[str | Promise]:
    return [role.label for role in Role if role in person.roles]


def protected(there: list[User]) -> set[int]:
    """Who has a second step, by number."""
    factors = Authenticator.objects.filter(user__in=there).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(factors.values_list("user_id", flat=True))


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, initial={"language": "it"})
    if request.method == "POST" and form.is_valid():
        person = invited(form, cast(User, request.user))
        if person is not None:
            messages.success(request, DONE["invite"] % {"who": person.get_full_name()})
            return redirect("staff_person", person.pk)
    return render(request, "backoffice/people_add.html", {"tab": "administration", "form": form})


def invited(form: InvitationForm, by: User) -> User | None:
    """None where it could not be done; the form says why."""
    try:
        return staff.invite(**form.cleaned_data, by=by, now=timezone.now())
    except NameTaken:
        form.add_error("username", TAKEN)
    except AddressTaken:
        form.add_error("email", _("Another login has this address."))
    except NoAdministrator as error:
        raise Http404 from error
    return None


@ADMINISTRATORS
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One member of staff; ``verb`` says what is to be done."""
    person = get_object_or_404(staff.members(), pk=pk)
    verb = request.POST.get("verb", "")
    if verb != "roles" and verb not in VERBS:
        return page(request, person, roles_form(person))
    form = RolesForm(request.POST) if verb == "roles" else None
    if form is not None and not form.is_valid():
        return page(request, person, form)
    try:
        told = act(verb, form, person, cast(User, request.user))
    except NoAdministrator as error:
        raise Http404 from error
    except Oneself:
        messages.error(request, _("Nobody changes his own roles or switches himself off: ask another administrator."))
    except SwitchedOff:
        messages.error(request, _("Who is switched off gets no link. Switch on first."))
    except ChangedMeanwhile:
        messages.error(request, _("Nothing has been changed: meanwhile somebody else has changed these roles."))
    else:
        messages.success(request, told)
    return redirect("staff_person", pk)


def act(verb: str, form: RolesForm | None, person: User, by: User) -> str:
    """Does it; what is told then."""
    now, who = timezone.now(), {"who": person.get_full_name()}
    if form is None:
        VERBS[verb](person.pk, by=by, now=now)
        return str(DONE[verb]) % who
    roles = [Role(each) for each in form.cleaned_data["roles"]]
    staff.set_roles(person.pk, roles=roles, seen=form.seen_roles, by=by, now=now)
    return _("The roles of %(who)s are saved and hold from the next page on.") % who


def roles_form(person: User) -> RolesForm:
    return RolesForm(initial={"roles": person.roles, "seen": ",".join(sorted(person.roles))})


def page(request: HttpRequest, person: User, form: RolesForm) -> HttpResponse:
    events = Event.objects.about("user", str(person.pk)).filter(name__in=WHAT).select_related("actor")
    context: dict[str, Any] = {
        "tab": "administration",
        "person": person,
        "form": form,
        "is_oneself": person.pk == request.user.pk,
        "is_protected": bool(protected([person])),
        "events": [(each, WHAT[each.name], difference(each)) for each in events.order_by("-at", "-pk")[:LATEST]],
    }
    return render(request, "backoffice/person.html", context)


def difference(event: Event) -> str:
    """Of changed roles, before → after in words."""
    if event.name != "accounts.roles_changed":
        return ""
    return " → ".join(in_words(event.detail.get(side, "")) for side in ("before", "after"))


def in_words(codes: str) -> str:
    return ", ".join(str(Role(each).label) for each in codes.split(",") if each in Role.values)
