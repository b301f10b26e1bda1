"""Finds the connector that settings name, once for each process."""

from functools import cache
from importlib import import_module
from typing import cast

from sportello.billing.port import BillingSystem


@cache
def connector(path: str) -> BillingSystem:
    """The connector whose class stands at dotted ``path``; it reads its own settings. The same object at each call."""
    module, _, name = path.rpartition(".")
    return cast(BillingSystem, getattr(import_module(module), name)())
