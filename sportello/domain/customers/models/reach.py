"""Who may reach whose data: the only place where a login and a customer meet."""

from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from sportello.domain.people.models import User
from sportello.prepared import Somebody

M = TypeVar("M", bound=models.Model, covariant=True)


class CustomerAccess(models.Model):
    """This login sees this customer's data, from ``granted_at`` until ``ended_at``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "customer"], condition=Q(ended_at=None), name="one_open_access_a_customer"
            ),
        ]


class ReachQuerySet(models.QuerySet[M]):
    """Rows of the mirror; a desk never starts from anything but ``within_reach_of``."""

    reach_path: ClassVar[str] = "customer_id"  # from a row to the code of the customer it belongs to

    def within_reach_of(self, user: User | AnonymousUser | Somebody) -> Self:
        """Only what this person may see; nothing for who has not signed in. Who looks in a customer's place sees that one."""
        if not user.is_authenticated:
            return self.none()
        looks_at = getattr(user.pk, "looks_at", None)
        if looks_at is not None:
            return self.filter(**{self.reach_path: looks_at})
        mine = CustomerAccess.objects.filter(user_id=user.pk, ended_at=None).values("customer_id")
        return self.filter(**{f"{self.reach_path}__in": mine})
