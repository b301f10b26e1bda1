"""How Administration edits rows that hold from a day on: one added, one not yet in force changed or removed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from sportello.desks.backoffice import dated
from sportello.desks.backoffice.dated import ChangedMeanwhile, InForce, Sort
from sportello.desks.backoffice.dated_forms import DatedForm, default_day
from sportello.desks.policies import Policy

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """The pages of one table. ``home`` is its list, ``template`` shows the form, under ``tab`` of the main menu.

    ``begins`` gives what a new row starts from; ``words`` of a row fill ``saved`` and ``removed``, which say what has been
    done. ``too_late`` says that what holds already is not changed any more.
    """

    sort: Sort
    form: type[DatedForm]
    home: str
    template: str
    tab: str
    begins: Callable[[HttpRequest, date], dict[str, Any]]
    words: Callable[[Any], dict[str, str]]
    saved: str | Promise
    removed: str | Promise
    too_late: str | Promise

    def views(self, policy: Policy) -> tuple[View, View, View]:
        """To add a row, to change one and to remove one."""
        pages = require_http_methods(["GET", "HEAD", "POST"])
        return policy(pages(self.add)), policy(pages(self.edit)), policy(pages(self.delete))

    def add(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        if request.method != "POST":
            initial = {**self.begins(request, today), "valid_from": default_day()}
            return self._page(request, self.form(initial=initial, today=today))
        form = self.form(request.POST, today=today)
        if not form.is_valid():
            return self._page(request, form)
        try:
            dated.insert(self.sort, form, actor_id=request.user.pk)
        except IntegrityError:  # somebody has added the same day since the form looked; now it sees that
            return self._page(request, self.form(request.POST, today=today))
        return self._done(request, self.saved, form.instance)

    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        today = timezone.localdate()
        row = dated.found(self.sort, pk)
        if row.valid_from <= today:
            return self._too_late(request)
        if request.method != "POST":
            return self._page(request, self.form(instance=row, today=today))
        form = self.form(request.POST, instance=dated.found(self.sort, pk), today=today)
        if not form.is_valid():
            return self._page(request, form, row=row)
        try:
            dated.change(self.sort, form, pk=pk, today=today, actor_id=request.user.pk)
        except InForce:
            return self._too_late(request)
        except IntegrityError:
            fresh = self.form(request.POST, instance=dated.found(self.sort, pk), today=today)
            return self._page(request, fresh, row=row)
        except ChangedMeanwhile:
            return self._page(request, form, row=dated.found(self.sort, pk), meanwhile=True)
        return self._done(request, self.saved, form.instance)

    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        """To look here leads to the list, where the button is."""
        row = dated.found(self.sort, pk)
        if request.method != "POST":
            return redirect(self.home)
        try:
            dated.remove(self.sort, pk=pk, today=timezone.localdate(), actor_id=request.user.pk)
        except InForce:
            return self._too_late(request)
        return self._done(request, self.removed, row)

    def _page(self, request: HttpRequest, form: DatedForm, *, row: Any = None, meanwhile: bool = False) -> HttpResponse:
        """``row`` is as it is, ``form.instance`` as it would be. ``meanwhile``: somebody else has changed it."""
        row = row or (form.instance if form.instance.pk else None)
        context = {
            "tab": self.tab,
            "form": form,
            "row": row,
            "seen": dated.seen(self.sort, row) if row else "",
            "meanwhile": dated.changes(self.sort, row, form.instance) if row and meanwhile else None,
        }
        return render(request, self.template, context, status=409 if meanwhile else 200)

    def _done(self, request: HttpRequest, told: str | Promise, row: Any) -> HttpResponse:
        messages.success(request, str(told) % self.words(row))
        return redirect(self.home)

    def _too_late(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, str(self.too_late))
        return redirect(self.home)
