"""SAP's books inside the test process, behind the product's own client: no socket, so that a fault before and after each write
costs nothing. Each request is held against the metadata, ours and the real one where it is at hand."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import unquote

import httpx

from sportello.billing.records import Record
from sportello.connectors.sap.breaker import Breaker
from sportello.connectors.sap.client import Client
from sportello.connectors.sap.connector import SapBilling
from sportello.connectors.sap.looks import LOOKS
from sportello.connectors.sap.mock.data import Rows, rows_of
from sportello.connectors.sap.queries import ACCOUNT, INVOICES, PAYMENTS, Query, address
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.tests import cast
from sportello.connectors.sap.tests.gateway import SHORT, SITE, is_standard, tree
from sportello.connectors.sap.tests.metadata import KEY, ROW, Service
from sportello.connectors.sap.tests.test_legality import FILES

URL = "http://sap.test/sap/opu/odata/sap/ERP_UTILITIES_UMC/"
SERVICES = [Service(path) for path in FILES]
QUERIES = (ACCOUNT, INVOICES, PAYMENTS, *LOOKS)
LOGIN = "<!DOCTYPE html><html><title>Logon</title></html>"
CREATED = {"AccountAddresses": "AddressID", "BankAccounts": "BankAccountID"}

Fault = Callable[[httpx.Request], httpx.Response]


class Books:
    """``writes`` are those that were taken, ``methods`` all requests but for tokens. ``faults`` says for the number of a write
    (from 1) what is answered ``before`` it is taken, or ``after``; each once. ``silent``: nothing is said of what is created."""

    def __init__(self, records: list[Record] | None = None, site: Site = SITE) -> None:
        self.rows: Rows = rows_of(cast.records() if records is None else records)
        self.site = site
        self.writes: list[tuple[str, str, Any]] = []
        self.methods: list[str] = []
        self.before: dict[int, Fault] = {}
        self.after: dict[int, Fault] = {}
        self.reading: Fault | None = None
        self.silent = False
        self.token = "first"
        self.next_write = 1
        self._numbers = count(8001)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("X-CSRF-Token") == "Fetch":
            return httpx.Response(200, json={"d": {"EntitySets": []}}, headers={"X-CSRF-Token": self.token})
        self.methods.append(request.method)
        if request.method == "GET":
            return self.reading(request) if self.reading else self._read(path_of(request))
        if request.headers.get("X-CSRF-Token") != self.token:
            return httpx.Response(403, text="CSRF token validation failed", headers={"X-CSRF-Token": "Required"})
        number, self.next_write = self.next_write, self.next_write + 1
        if fault := self.before.pop(number, None):
            return fault(request)
        answer = self.take(request)
        fault = self.after.pop(number, None)
        return fault(request) if fault else answer

    # --- reading -----------------------------------------------------------------------------------------------------
    def _read(self, path: str) -> httpx.Response:
        if "/InvoicePDF/" in path:
            return said(404, "Resource not found")
        (key,) = {found[1].replace("''", "'") for found in [re.match(r"\w+\('((?:[^']|'')*)'\)", path)] if found}
        query = next(each for each in QUERIES if unquote(address(each, key=key, site=self.site)) == path)
        for service in SERVICES:
            assert service.problems(address(query, key="1", site=self.site)) == []
        found = self._answer(query, key)
        if found is None:
            return said(404, "Resource not found")
        return httpx.Response(200, json={"d": found})

    def _answer(self, query: Query, key: str) -> Any:
        found = tree(query.node, key, self.rows)
        if query.node.many:
            return {"results": found}
        return found[0] if found else None

    # --- writing -----------------------------------------------------------------------------------------------------
    def take(self, request: httpx.Request) -> httpx.Response:
        method, path = request.method, path_of(request)
        body = json.loads(request.content) if request.content else None
        for service in SERVICES:
            assert service.write_problems(method, path, body) == [], (method, path)
        self.writes.append((method, path, body))
        name, keys = ROW.fullmatch(path).groups()
        rows = self.rows[name]
        if method == "POST":
            row = self._created(name, body)
            return httpx.Response(204) if self.silent else httpx.Response(201, json={"d": row})
        single = {"ContractAccounts": "ContractAccountID", "Accounts": "AccountID"}.get(name, "")
        wanted = {key or single: value for key, value in KEY.findall(keys)}
        row = next((row for row in rows if wanted.items() <= row.items()), None)
        if row is None:
            return said(404, "Resource not found")
        if method == "DELETE":
            rows.remove(row)
        else:
            row.update(body)
            self._completed(row)
        return httpx.Response(204)

    def _created(self, name: str, body: Any) -> dict[str, Any]:
        number = next(self._numbers)
        row = {**body, **({CREATED[name]: str(number)} if name in CREATED else {"SequenceNo": str(number - 7200)})}
        if row.get("StandardFlag"):
            for other in self.rows[name]:
                if other["AccountID"] == row["AccountID"]:
                    other["StandardFlag"] = False
        self._completed(row)
        # SAP shows the standard address first.
        standard = name == "AccountAddresses" and is_standard(row)
        self.rows[name].insert(0 if standard else len(self.rows[name]), row)
        return row

    def _completed(self, row: dict[str, Any]) -> None:
        if row.get("CountryID") == "IT" and "PhoneNo" in row:
            row["CompletePhoneNo"] = f"+39{row['PhoneNo']}"

    # --- what stands there -------------------------------------------------------------------------------------------
    def of(self, name: str, customer: str) -> list[dict[str, Any]]:
        return [row for row in self.rows[name] if row["AccountID"] == customer]

    def account(self, number: str) -> dict[str, Any]:
        (row,) = (row for row in self.rows["ContractAccounts"] if row["ContractAccountID"] == number)
        return row


def path_of(request: httpx.Request) -> str:
    return unquote(re.sub(r"[?&]sap-client=100$", "", str(request.url).removeprefix(URL)))


def said(status: int, message: str, **inner: Any) -> httpx.Response:
    body = {"code": "ZUMC/012", "message": {"lang": "it", "value": message}, **inner}
    return httpx.Response(status, json={"error": body})


def refusing(message: str, named: str = "", status: int = 400) -> Fault:
    details = {"innererror": {"errordetails": [{"propertyref": named}]}} if named else {}
    return lambda request: said(status, message, **details)


def cut(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


FAULTS: dict[str, Fault] = {
    "cut": cut,
    "500": lambda request: said(500, "dump"),
    "503": lambda request: httpx.Response(503, headers={"Retry-After": "7"}),
    "login page": lambda request: httpx.Response(200, html=LOGIN),
}


@contextmanager
def behind(books: Books) -> Iterator[SapBilling]:
    """The connector on these books. The circuit has tests of its own: here it never opens."""
    breaker = Breaker(failures=1_000, clock=count(step=60).__next__)
    client = Client(url=URL, user="u", password="p", sap_client="100", limits=SHORT, breaker=breaker)
    client._opened = httpx.Client(transport=httpx.MockTransport(books))
    connector = SapBilling(client=client, site=books.site)
    try:
        yield connector
    finally:
        connector.close()
