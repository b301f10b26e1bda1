"""SAP for Utilities as the port wants it: one customer at a time, read when a page of his is opened, and what he asks."""

import re
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sportello.billing.commands import Command, Receipt
from sportello.billing.errors import NotThere, Refused
from sportello.billing.port import Capabilities
from sportello.billing.records import Batch, Snapshot
from sportello.connectors.sap import executing
from sportello.connectors.sap.answers import Asked
from sportello.connectors.sap.client import Client, Limits
from sportello.connectors.sap.executing import askable
from sportello.connectors.sap.mapping import Answers, records_of
from sportello.connectors.sap.queries import ACCOUNT, INVOICE_PDF, INVOICES, PAYMENTS, Query, address
from sportello.connectors.sap.rows import row_of, rows_of
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.site_file import WrongMapping, read_site
from sportello.connectors.sap.values import Row

ITALY = ZoneInfo("Europe/Rome")


class SapBilling:
    """See ``BillingSystem``. Without arguments it reads the settings; a test gives its own client and site."""

    capabilities = Capabilities(
        name="sap",
        feed=False,
        fresh_for=60,
        invoice_pdf=True,
        invoice_xml=False,
    )

    def __init__(self, *, client: Client | None = None, site: Site | None = None) -> None:
        self._site = site or _configured_site()
        self.capabilities = replace(
            self.capabilities,
            commands=executing.executed_at(self._site),
            fits=partial(executing.fits, site=self._site),
        )
        self._client = client or _configured_client(self._site)

    def changes(self, since: str, limit: int) -> Batch:
        del since, limit
        raise Refused("SAP has no feed of changes (capabilities.feed is False): ask for a snapshot")

    def snapshot(self, customer_code: str) -> Snapshot:
        if not askable(customer_code):
            raise NotThere("customer", customer_code)
        answers = Answers(
            customer_code=customer_code,
            account=row_of(self._read(ACCOUNT, customer_code), node=ACCOUNT.node, owner=customer_code, site=self._site),
            invoices=self._rows(INVOICES, customer_code),
            payments=self._rows(PAYMENTS, customer_code),
        )
        today = datetime.now(ITALY).date()
        return Snapshot(customer_code=customer_code, records=records_of(answers, site=self._site, today=today))

    def invoice_pdf(self, number: str) -> bytes:
        if not askable(number):
            raise NotThere("invoice", number)
        return self._client.read_pdf(
            address(INVOICE_PDF, key=number, site=self._site), asked=Asked(kind="invoice", code=number)
        )

    def invoice_xml(self, number: str) -> bytes:
        raise NotThere("invoice", number)

    def execute(self, command: Command, *, key: str) -> Receipt:
        """``key`` goes nowhere, for SAP has no place to keep it: ``steps`` and ``submit`` say how once is once all the same."""
        del key
        if not self.capabilities.takes(command):
            raise Refused("SAP does not do this (see capabilities)")
        return executing.execute(command, client=self._client, site=self._site)

    def close(self) -> None:
        self._client.close()

    def _rows(self, query: Query, customer_code: str) -> list[Row]:
        return rows_of(self._read(query, customer_code), node=query.node, owner=customer_code, site=self._site)

    def _read(self, query: Query, customer_code: str) -> Any:
        return self._client.read(
            address(query, key=customer_code, site=self._site), asked=Asked(kind="customer", code=customer_code)
        )


def _configured_site() -> Site:
    try:
        return read_site(settings.SAP_MAPPING)
    except WrongMapping as error:
        raise ImproperlyConfigured(str(error)) from error


def _configured_client(site: Site) -> Client:
    parts = urlsplit(settings.SAP_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ImproperlyConfigured(
            "SAP_URL must be the address of the OData service, such as "
            "https://sap.example.it/sap/opu/odata/sap/ERP_UTILITIES_UMC, without user, password or question mark"
        )
    if not re.fullmatch(r"\d{0,3}", settings.SAP_CLIENT):
        raise ImproperlyConfigured("SAP_CLIENT must be SAP's client number, such as 100")
    return Client(
        url=settings.SAP_URL,
        user=settings.SAP_USER,
        password=settings.SAP_PASSWORD,
        sap_client=settings.SAP_CLIENT,
        limits=Limits(total=site.timeout, read=min(5.0, site.timeout)),
    )
