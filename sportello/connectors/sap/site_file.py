"""Reads the file that SAP_MAPPING names, and says what is wrong with it before anybody opens a page."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

from sportello.billing import codes
from sportello.connectors.sap.names import NAMES
from sportello.connectors.sap.site import Site

OMITTABLE = frozenset(
    {
        "AccountAddresses",
        "BankAccounts",
        "StandardAccountAddress",
        "AccountAddressDependentEmails",
        "AccountAddressDependentPhones",
        "AccountAddressDependentMobilePhones",
        "AccountAddressIndependentEmails",
        "AccountAddressIndependentPhones",
        "AccountAddressIndependentMobilePhones",
        "ContractAccountBalance",
        "Premise",
        "ContractConsumptionValues",
        "Devices",
        "ContractAllDevices",
        "MeterReadingResults",
    }
)
MEANINGS: Mapping[str, tuple[str, ...]] = {
    "account_types": get_args(codes.CustomerKind),
    "languages": ("it", "en"),
    "divisions": ("", *get_args(codes.ServiceCode)),
    "contract_statuses": get_args(codes.SupplyStatus),
    "payment_methods": get_args(codes.PaymentMethod),
    "payment_channels": get_args(codes.PaymentChannel),
    "payment_statuses": ("", *get_args(codes.PaymentStatus)),
    "invoice_statuses": get_args(codes.Collection),
    "register_types": ("", *get_args(codes.RegisterRole)),
    "reading_categories": get_args(codes.ReadingOrigin),
    "reading_reasons": get_args(codes.Occasion),
    "reading_statuses": get_args(codes.Validation),
}


MAILING = ("BillToAccountAddressID", "AccountAddressID")


class WrongMapping(ValueError):
    """The mapping file cannot be used; the message says where and why."""


def read_site(path: str) -> Site:
    """The site that the file describes; all defaults without a file. What a table holds is added to the defaults."""
    if not path:
        return Site()
    try:
        given = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongMapping(f"SAP_MAPPING cannot be read: {error}") from error
    if not isinstance(given, dict):
        raise WrongMapping("SAP_MAPPING must hold one JSON object")
    unknown = given.keys() - Site.__dataclass_fields__.keys()
    if unknown:
        raise WrongMapping(f"SAP_MAPPING has no use for {', '.join(sorted(unknown))}")
    site = Site(**{name: _field(name, value) for name, value in given.items()})
    _check_debits(site)
    return site


def _field(name: str, value: Any) -> Any:
    match name:
        case "omitted":
            return _omitted(value)
        case "history_from":
            return _date(value)
        case "timeout":
            return _seconds(value)
        case "method_without_debit":
            return _code(name, value)
        case "mailing_address_in":
            return _mailing(value)
        case "debit_methods":
            return _methods(value)
        case _:
            return _table(name, value)


def _check_debits(site: Site) -> None:
    """What is set must be what is understood when it is read again."""
    for method in site.debit_methods.values():
        if site.payment_methods.get(method) != "direct_debit":
            raise WrongMapping(f"debit_methods: payment_methods does not say that {method!r} is direct_debit")
    if site.payment_methods.get(site.method_without_debit) == "direct_debit":
        raise WrongMapping("method_without_debit: payment_methods says that this is direct_debit")


def _code(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1:
        raise WrongMapping(f"{name} must be one character, or empty")
    return value


def _methods(value: Any) -> Mapping[str, str]:
    schemes = get_args(codes.MandateScheme)
    if not isinstance(value, dict) or not set(schemes).issuperset(value):
        raise WrongMapping(f"debit_methods must be an object with some of {', '.join(schemes)}")
    found = {scheme: _code("debit_methods", method) for scheme, method in value.items()}
    if len(set(found.values())) < len(found):
        raise WrongMapping("debit_methods: each scheme needs a payment method of its own")
    return found


def _mailing(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not set(MAILING).issuperset(map(str, value)):
        raise WrongMapping(f"mailing_address_in must be a list of one or both of {', '.join(MAILING)}")
    return tuple(dict.fromkeys(map(str, value)))


def _table(name: str, value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        raise WrongMapping(f"{name} must be an object of texts")
    if name == "names":
        _known_names(value)
        return value
    allowed = MEANINGS.get(name)
    for key, meaning in value.items():
        if allowed is not None and meaning not in allowed:
            raise WrongMapping(f"{name}: {key!r} cannot mean {meaning!r}, only {', '.join(map(repr, allowed))}")
    defaults: Mapping[str, str] = getattr(Site(), name)
    if name == "payment_channels":
        value = {text.casefold(): channel for text, channel in value.items()}
    return {**defaults, **value}


def _known_names(value: Mapping[str, str]) -> None:
    for ours, theirs in value.items():
        if ours not in NAMES:
            raise WrongMapping(f"names: Sportello asks for nothing called {ours!r}")
        if not theirs.isidentifier():
            raise WrongMapping(f"names: {theirs!r} cannot be a name in an OData service")


def _omitted(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not OMITTABLE.issuperset(map(str, value)):
        raise WrongMapping(f"omitted must be a list of some of {', '.join(sorted(OMITTABLE))}")
    return frozenset(map(str, value))


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise WrongMapping("history_from must be a date such as 2020-01-01") from None


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 30:
        raise WrongMapping("timeout must be a number of seconds from 1 to 30")
    return float(value)
