"""What customers ask and what is done about it: one row a request, from new to executed."""

from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q, Value

from sportello.domain.activities.models import planning, wording
from sportello.domain.activities.models.heaps import INDEXES
from sportello.domain.activities.models.querysets import RequestQuerySet
from sportello.domain.activities.models.states import (
    ANSWERED,
    FOR_THE_DESK,
    MOVES,
    OVER,
    QUESTIONS,
    STOPPED,
    ActivityKind,
    Attention,
    Channel,
    IllegalMove,
    Status,
)
from sportello.domain.customers.models import Customer, Supply
from sportello.domain.journal.models import record
from sportello.domain.people.models import Office

DOUBT = "doubt"
ROME = ZoneInfo("Europe/Rome")
PLANNED = frozenset({"owner_id", "office_id", "due_on", "status"})  # what calendars follow
DIGITS = 6  # of a number, behind its year


class ActivityQuerySet(RequestQuerySet["Activity"]):
    pass


class Activity(models.Model):
    """One request of one customer. ``number`` is what people tell each other on the telephone.

    ``once`` is what the form carried that opened it: sent twice, it opens one request. ``attention`` says why it waits for
    an operator. ``answer`` is what the customer is told at its end, in the words of who decided.

    ``received_on`` is the day on which it reached the company, None for that of ``opened_at``. ``by_post``: its answers leave
    by letter; ``answer_in_post``: the last one has, and ``answered_on`` is the day on which it was posted, None until then.
    ``spoken`` is all that has been said about it since, ``words`` what it is found by. ``customer`` is None for a
    visitor's, whose name and address are then in ``visitor``. ``asked`` is what its form holds, by the form's own names:
    plain values, as JSON; ``before`` is what was known of it when it was asked, by the same names. ``by_hand_for`` says why
    it did not go by itself though its kind does: the codes of the kind's own fields, and ``DOUBT`` for what could not be
    checked. ``automatic`` is how it was executed when it came in, whatever the setting says later. ``owner`` has it in
    charge, or has still to take it; ``office`` is that which it was given to. ``account_code`` and ``invoice_number`` are
    by value: billing may forget them. ``limit_on`` is the last day by the regulator's terms, ``due_on`` ours, a margin
    before; None where nobody has set one. ``not_before`` is until when those who are told of it may stop it, None for no
    such time. ``version`` grows with every change, so that a page can tell whether it is of the present one. ``round``
    counts how often it has been taken up again after its end: what billing did in an earlier one says nothing about this
    one. ``took_effect_at`` is when Sportello did itself what is its own to do, None where it has nothing to do, has not
    done it yet, or has taken it back.
    """

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=40, choices=ActivityKind)
    status = models.CharField(max_length=20, choices=Status, default=Status.NEW)
    channel = models.CharField(max_length=20, choices=Channel)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="activities")
    supply = models.ForeignKey(Supply, null=True, on_delete=models.PROTECT, related_name="activities")
    account_code = models.CharField(max_length=60, blank=True)
    invoice_number = models.CharField(max_length=60, blank=True)
    asked = models.JSONField(default=dict)
    before = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    by_hand_for = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    automatic = models.BooleanField(default=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    office = models.ForeignKey(Office, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    due_on = models.DateField(null=True)
    limit_on = models.DateField(null=True)
    not_before = models.DateTimeField(null=True)
    version = models.IntegerField(default=0)
    round = models.SmallIntegerField(default=0)
    attention = models.CharField(max_length=10, choices=Attention, blank=True)
    once = models.CharField(max_length=40, null=True, unique=True)
    received_on = models.DateField(null=True)
    by_post = models.BooleanField(default=False, db_default=False)
    answer_in_post = models.BooleanField(default=False, db_default=False)
    answered_on = models.DateField(null=True)
    spoken = models.TextField(blank=True, default="", db_default="")
    words = wording.column()
    answer = models.TextField(blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField()
    took_effect_at = models.DateTimeField(null=True)
    exported_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # refused or cancelled

    objects: ClassVar[ActivityQuerySet] = ActivityQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "activities"
        indexes = INDEXES
        constraints = [
            models.CheckConstraint(
                condition=Q(status=Status.EXECUTED, executed_at__isnull=False)
                | (~Q(status=Status.EXECUTED) & Q(executed_at=None)),
                name="executed_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["refused", "cancelled"], ended_at__isnull=False)
                | (~Q(status__in=["refused", "cancelled"]) & Q(ended_at=None)),
                name="ended_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(customer__isnull=False) | Q(kind__in=["information", "complaint"]),
                name="only_visitors_are_no_customers",
            ),
        ]

    @property
    def received_day(self) -> date:
        """The day from which its term is counted, in Italy."""
        return self.received_on or self.opened_at.astimezone(ROME).date()

    @property
    def answered_day(self) -> date | None:
        """The day on which its answer left, in Italy; None as long as it has not."""
        ended = self.executed_at or self.ended_at
        if ended is None:
            return None
        return self.answered_on if self.answer_in_post else ended.astimezone(ROME).date()

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_answered(self) -> bool:
        """Executed, where that means that a question has been answered."""
        return self.status == Status.EXECUTED and self.kind in QUESTIONS

    @property
    def status_in_words(self) -> str:
        """For whoever asked."""
        return str(ANSWERED if self.is_answered else self.get_status_display())

    @property
    def is_held_up(self) -> bool:
        """Whether the customer is told that an operator is dealing with it."""
        return bool(self.attention) and self.attention not in FOR_THE_DESK

    @property
    def is_unconfirmed(self) -> bool:
        """It goes by itself, as soon as somebody has confirmed what it names."""
        return self.status == Status.NEW and self.automatic and bool(self.asked.get("waits"))

    @property
    def was_stopped(self) -> bool:
        """By somebody who was told of it, and nobody has made sure yet."""
        return self.attention == Attention.STOPPED and self.status == Status.CANCELLED

    @property
    def is_objected_to(self) -> bool:
        """Somebody who was told of it says that it was not the customer; too late to stop it, and nobody has made sure yet."""
        return self.attention == Attention.STOPPED and self.status != Status.CANCELLED

    @property
    def of_customer(self) -> Customer:
        """Its customer, for whoever knows that it is no visitor's. Raises Customer.DoesNotExist."""
        if self.customer is None:
            raise Customer.DoesNotExist(f"{self.number} is a visitor's")
        return self.customer

    @property
    def customer_code(self) -> str:
        """ "" for a visitor's."""
        return self.customer_id or ""

    def opened(self) -> None:
        """Writes down that it has come in; for whoever has just created it, in the same transaction."""
        self._record("opened", now=self.opened_at, actor_id=self.opened_by_id)

    def take(self, *, now: datetime, by_id: int) -> None:
        """In charge of this person: from new, from another, from the customer's answer, or reopened."""
        self._move(Status.TAKEN, now=now, by_id=by_id, owner_id=by_id, executed_at=None, ended_at=None)

    def hand_over(self, *, now: datetime, by_id: int, to_id: int) -> None:
        """From who has it in charge to another; its status stays."""
        with transaction.atomic():
            self._change(now=now, by_id=by_id, owner_id=to_id)
            self._record("handed_over", now=now, actor_id=by_id)

    def assign(self, *, now: datetime, by_id: int | None, event: str = "assigned", **to: Any) -> None:
        """Gives it to others: ``to`` says owner_id, office_id, due_on and, where that changes, the status. ``by_id`` is None
        where a rule does it."""
        with transaction.atomic():
            self._change(now=now, by_id=by_id, **to)
            whom = {"owner": self.owner_id or 0, "office": self.office_id or 0}
            self._record(event, now=now, actor_id=by_id, **whom, due_on=str(self.due_on or ""))

    def give_back(self, *, now: datetime, by_id: int) -> None:
        """To nobody: it is new again."""
        self._move(Status.NEW, now=now, by_id=by_id, owner_id=None)

    def wait(self, *, now: datetime, by_id: int) -> None:
        """Until the customer has said what is missing."""
        self._move(Status.WAITING, now=now, by_id=by_id)

    def go_on(self, *, now: datetime, by_id: int | None) -> None:
        """The customer has answered; it is where it was, with the operator who asked."""
        self._move(Status.TAKEN, now=now, by_id=by_id, attention=self.attention or Attention.WROTE)

    def reopen(self, *, now: datetime, by_id: int | None, event: str = "reopened") -> None:
        """Executed, refused or stopped, it is taken up again by who had it, or nobody; a new term is for the caller to set."""
        if not self.is_over:
            raise IllegalMove(f"it is {self.status}")
        changes: dict[str, Any] = {"executed_at": None, "ended_at": None, "round": self.round + 1}
        changes |= {"answer_in_post": False, "answered_on": None}
        self._move(Status.TAKEN, now=now, by_id=by_id, event=event, **changes)

    def export(self, *, now: datetime) -> None:
        """Billing has it."""
        self._move(Status.EXPORTED, now=now, exported_at=now)

    def execute(self, *, now: datetime, by_id: int | None = None, answer: str | None = None) -> None:
        """``answer`` is what the customer is told, None to leave it as it is."""
        said = {} if answer is None else {"answer": answer}
        unsettled = answer is None and self.attention in (Attention.WROTE, Attention.STOPPED)
        waits = self.attention if unsettled else None
        self._move(Status.EXECUTED, now=now, by_id=by_id, attention=waits, executed_at=now, **said)

    def refuse(self, *, answer: str, now: datetime, by_id: int | None = None) -> None:
        """``answer`` is what the customer is told."""
        self._move(Status.REFUSED, now=now, by_id=by_id, ended_at=now, answer=answer)

    def cancel(self, *, now: datetime, by_id: int | None = None) -> None:
        self._move(Status.CANCELLED, now=now, by_id=by_id, ended_at=now)

    def ask_for(self, attention: Attention, *, now: datetime, by_id: int | None = None) -> None:
        """Hands it to an operator, or with ``Attention.NONE`` takes it away from him; its status stays."""
        with transaction.atomic():
            self._change(now=now, by_id=by_id, attention=attention)
            self._record(f"waits_{attention}" if attention else "goes_on", now=now, actor_id=by_id)

    def seen_to(self, *, now: datetime, by_id: int, event: str = "seen_to") -> None:
        """Nothing more has to be done about what it waited for an operator."""
        with transaction.atomic():
            self._change(now=now, by_id=by_id, attention=Attention.NONE)
            self._record(event, now=now, actor_id=by_id)

    def answer_by(self, *, post: bool, now: datetime, by_id: int | None) -> None:
        """From now on its answers leave by letter, or as the customer can be reached."""
        with transaction.atomic():
            self._change(now=now, by_id=by_id, by_post=post)
            self._record("by_post" if post else "by_mail", now=now, actor_id=by_id)

    def answer_leaves_by_post(self) -> None:
        """Its last answer is a letter: it is answered on the day on which that goes into the post."""
        Activity.objects.filter(pk=self.pk).update(answer_in_post=True, answered_on=None)
        self.answer_in_post, self.answered_on = True, None

    def note_words(self, text: str) -> None:
        """What has been said is found from now on."""
        Activity.objects.filter(pk=self.pk).update(spoken=wording.joined(text))

    def note_answer(self, answer: str) -> None:
        """What the customer is told though it goes on."""
        Activity.objects.filter(pk=self.pk).update(answer=answer)
        self.answer = answer

    def keep_of_asked(self, asked: dict[str, Any]) -> None:
        """What stays of what was asked, when it is over."""
        if asked != self.asked:
            Activity.objects.filter(pk=self.pk).update(asked=asked)
            self.asked = asked

    def hold(self, *, until: datetime) -> None:
        """Nothing of it is executed before; for whoever has just opened it."""
        Activity.objects.filter(pk=self.pk).update(not_before=until)
        self.not_before = until

    def take_effect(self, *, now: datetime | None, before: dict[str, Any] | None = None) -> None:
        """Sportello has done what is its own to do, or with None has taken it back. ``before`` is what held until then."""
        known = {} if before is None else {"before": before}
        Activity.objects.filter(pk=self.pk).update(took_effect_at=now, **known)
        self.took_effect_at, self.before = now, self.before if before is None else before

    def set_term(
        self, *, due_on: date | None, limit_on: date | None, now: datetime, by_id: int | None, **detail: str | bool
    ) -> None:
        """Another day by which it is to be answered; ``detail`` goes into the journal."""
        was = str(self.due_on or "")
        with transaction.atomic():
            self._change(now=now, by_id=by_id, due_on=due_on, limit_on=limit_on)
            self._record("due_changed", now=now, actor_id=by_id, was=was, due_on=str(due_on or ""), **detail)

    def said(self, what: str, *, now: datetime, by_id: int | None, attention: str | None = None) -> None:
        """A remark of this sort has been added; ``attention`` None leaves that as it is."""
        with transaction.atomic():
            self._change(now=now, by_id=by_id, **({} if attention is None else {"attention": attention}))
            self._record(what, now=now, actor_id=by_id)

    def sent(self, *, now: datetime, by_id: int | None) -> None:
        """Somebody has its commands sent to billing."""
        with transaction.atomic():
            self._change(now=now, by_id=by_id, attention=Attention.NONE)
            self._record("sent", now=now, actor_id=by_id)

    @transaction.atomic
    def _move(
        self,
        to: Status,
        *,
        now: datetime,
        by_id: int | None = None,
        event: str = "",
        attention: str | None = None,
        **changes: Any,
    ) -> None:
        """All moves pass here; ``attention`` is what it waits for an operator for afterwards, None to go by the rule.

        Raises IllegalMove where the table has no such move, or somebody else was quicker.
        """
        if to not in MOVES[self.status]:
            raise IllegalMove(f"{self.status} to {to}")
        if attention is None:
            attention = self.attention if self._still_waits(to) else Attention.NONE
        self._change(now=now, by_id=by_id, status=to, attention=attention, **changes)
        self._record(event or to, now=now, actor_id=by_id)

    def _still_waits(self, to: Status) -> bool:
        """What stopped it at billing is not mended by somebody taking it in charge, nor is the customer answered by that; nor
        does an objection end by what the customer does, since that may be whom it is about, or by billing's doing."""
        if self.attention == Attention.STOPPED:
            return self.status != Status.CANCELLED and to not in (Status.EXECUTED, Status.REFUSED)
        if self.attention == Attention.WROTE:
            return to in (Status.NEW, Status.TAKEN, Status.EXPORTED)
        return self.attention in STOPPED and to in (Status.NEW, Status.TAKEN, Status.WAITING)

    @transaction.atomic
    def _change(self, *, now: datetime, by_id: int | None, **changes: Any) -> None:
        """Changes the row if it is still as it was read, and what hangs on it in calendars. Raises IllegalMove."""
        if not Activity.objects.filter(pk=self.pk, version=self.version).update(version=self.version + 1, **changes):
            raise IllegalMove(f"no longer {self.status}")
        had = self.owner_id or self.office_id
        self.version += 1
        for name, value in changes.items():
            setattr(self, name, value)
        if (had or self.owner_id or self.office_id) and changes.keys() & PLANNED:
            planning.follow(self, now=now, by_id=by_id)

    @property
    def calendar_key(self) -> str:
        return f"activity:{self.number}"

    def _record(self, name: str, *, now: datetime, actor_id: int | None, **detail: str | bool | int) -> None:
        record(
            f"activities.{self.kind}_{name}",
            now=now,
            actor_id=actor_id,
            about=("activity", self.number),
            customer_code=self.customer_code,
            number=self.number,
            **detail,
        )


def next_number(now: datetime) -> str:
    """A number not given before: A-26000123, the year and a sequence of the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('activities_number')")
        return f"A-{now:%y}{cursor.fetchone()[0]:0{DIGITS}}"
