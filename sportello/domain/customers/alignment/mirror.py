"""What each mirror table looks like and which record of billing fills it, read once from the models."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final, TypeAlias, cast

from django.contrib.postgres.fields import ArrayField
from django.db import models
from psycopg import sql

from sportello.billing.codes import Removable
from sportello.billing.records import (
    BillingAccountRecord,
    CustomerRecord,
    InvoiceRecord,
    MandateRecord,
    MeterReadingRecord,
    MeterRecord,
    PaymentRecord,
    SupplyRecord,
    UsageRecord,
)
from sportello.domain.customers.models import (
    BillingAccount,
    Customer,
    DirectDebitMandate,
    Invoice,
    Meter,
    MeterReading,
    Payment,
    Supply,
    Usage,
)
from sportello.domain.customers.models.parties import Addressed

MirrorRecord = (
    CustomerRecord
    | BillingAccountRecord
    | MandateRecord
    | SupplyRecord
    | MeterRecord
    | InvoiceRecord
    | PaymentRecord
    | MeterReadingRecord
    | UsageRecord
)
Field: TypeAlias = "models.Field[Any, Any]"

# What a staging table holds is looser than the mirror, so that a bad value gets as far as the checks.
STAGING_TYPES: Final[dict[type[Field], str]] = {
    models.CharField: "varchar",
    models.ForeignKey: "varchar",
    models.DateField: "date",
    models.DecimalField: "numeric",
    models.IntegerField: "numeric",
    models.BooleanField: "boolean",
    ArrayField: "varchar[]",
    models.JSONField: "jsonb",
}
ADDRESS_COLUMNS: Final = tuple(field.name for field in Addressed._meta.fields)


@dataclass(frozen=True)
class Table:
    """A table of the mirror. ``kind`` is the word for its records in billing and among the records set aside.

    Its columns come in three groups: ``plain`` ones, the key first, are attributes of the record under the same name,
    those of an address stand under the record's own (of an account its mailing address), and ``built`` ones hold an
    attribute in another form.
    """

    kind: Removable
    model: type[models.Model]
    record: type[MirrorRecord]

    @cached_property
    def fields(self) -> dict[str, Field]:
        return {cast(str, field.column): field for field in self.model._meta.concrete_fields}

    @cached_property
    def plain(self) -> tuple[str, ...]:
        attributes = {field.name for field in fields(self.record)}
        found = [name for name in self.fields if name in attributes and name not in self.built]
        return tuple(sorted(found, key=lambda name: name != self.key))

    @cached_property
    def addressed(self) -> tuple[str, ...]:
        return ADDRESS_COLUMNS if issubclass(self.model, Addressed) else ()

    @cached_property
    def built(self) -> tuple[str, ...]:
        return tuple(name for name, field in self.fields.items() if isinstance(field, (ArrayField, models.JSONField)))

    @property
    def columns(self) -> tuple[str, ...]:
        return self.plain + self.addressed + self.built

    @cached_property
    def key(self) -> str:
        return cast(str, self.model._meta.pk.column)

    @cached_property
    def owner(self) -> int:
        """The place in a row of the code of whose it is."""
        return 0 if self.model is Customer else self.columns.index("customer_code")

    @property
    def owner_attribute(self) -> str:
        """The attribute of a row that says whose it is."""
        return "code" if self.model is Customer else "customer_id"

    @cached_property
    def mirror(self) -> sql.Identifier:
        return sql.Identifier(self.model._meta.db_table)

    @cached_property
    def staged(self) -> sql.Identifier:
        return sql.Identifier(f"staged_{self.kind}")

    @cached_property
    def staging_columns(self) -> sql.Composed:
        return comma(
            sql.SQL("{} " + STAGING_TYPES[type(self.fields[name])]).format(sql.Identifier(name))
            for name in self.columns
        )


def comma(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def names(columns: Iterable[str], *, of: str = "") -> sql.Composed:
    """These columns, with commas; ``of`` the table called so in the query, where given."""
    return comma(sql.Identifier(of, name) if of else sql.Identifier(name) for name in columns)


# In this order a record comes after those it refers to; in the opposite order rows can go.
TABLES: Final = (
    Table("customer", Customer, CustomerRecord),
    Table("billing_account", BillingAccount, BillingAccountRecord),
    Table("mandate", DirectDebitMandate, MandateRecord),
    Table("supply", Supply, SupplyRecord),
    Table("meter", Meter, MeterRecord),
    Table("invoice", Invoice, InvoiceRecord),
    Table("payment", Payment, PaymentRecord),
    Table("meter_reading", MeterReading, MeterReadingRecord),
    Table("usage", Usage, UsageRecord),
)
TABLE_OF_KIND: Final[dict[str, Table]] = {table.kind: table for table in TABLES}
TABLE_OF_RECORD: Final[dict[type, Table]] = {table.record: table for table in TABLES}
