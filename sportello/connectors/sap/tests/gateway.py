"""A gateway inside the test process, on the loopback address, that answers rightly or as wrongly as a test wants."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from sportello.connectors.sap.breaker import Breaker
from sportello.connectors.sap.client import Client, Limits
from sportello.connectors.sap.connector import SapBilling
from sportello.connectors.sap.looks import DEVICE
from sportello.connectors.sap.mock.data import MAPPING, Rows, rows_of
from sportello.connectors.sap.queries import ACCOUNT, INVOICES, PAYMENTS, Node, Query
from sportello.connectors.sap.site import Site
from sportello.connectors.sap.tests import cast

BASE = "/sap/opu/odata/sap/ERP_UTILITIES_UMC/"
SHORT = Limits(connect=0.3, read=0.3, total=0.8, tries=3, pause=0.01, json_bytes=100_000, pdf_bytes=100_000)
SITE = Site(**{**MAPPING, "payment_channels": {key.casefold(): to for key, to in MAPPING["payment_channels"].items()}})
IRREGULAR = {"AccountAddress": "AccountAddresses", "RegisterToRead": "RegistersToRead"}

Reply = Callable[["Handler"], None]


class Call(NamedTuple):
    command: str
    address: str


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Gateway"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.sent = self.rfile.read(length)
        self.server.calls.append(Call(self.command, self.address))
        self.server.reply(self)

    do_POST = do_GET

    @property
    def address(self) -> str:
        return self.path.removeprefix(BASE)

    def answer(self, body: bytes | str, status: int = 200, type_: str = "application/json", **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", type_)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)


class Gateway(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.calls: list[Call] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{BASE}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that gave up


def rightly(handler: Handler, *, change: Callable[[Any], Any] = lambda answer: answer) -> None:
    """What SAP would say of the cast; ``change`` may make it something else."""
    say(handler, rows_of(cast.records()), change=change)


def say(handler: Handler, rows: Rows, *, change: Callable[[Any], Any] = lambda answer: answer) -> None:
    if "InvoicePDF" in handler.path:
        return handler.answer(b"%PDF-1.4\n...\n%%EOF\n", type_="application/pdf")
    query, key = asked(handler)
    found = tree(query.node, key, rows)
    if query in (ACCOUNT, DEVICE) and not found:
        return refused(handler, 404, "/IWBEP/CM_MGW_RT/020", f"Resource not found for segment '{query.entity}'")
    answer = {"results": found} if query.node.many else found[0]
    return handler.answer(json.dumps({"d": change(answer)}))


def asked(handler: Handler) -> tuple[Query, str]:
    match = re.match(r"(\w+)\('([^']*)'\)(?:/(\w+))?", handler.address)
    of_account = {None: ACCOUNT, "Invoices": INVOICES, "PaymentDocuments": PAYMENTS}
    return (DEVICE if match[1] == "Devices" else of_account[match[3]]), match[2]


def refused(handler: Handler, status: int, code: str, message: str, **error: Any) -> None:
    said = {"code": code, "message": {"lang": "it", "value": message}, **error}
    handler.answer(json.dumps({"error": said}), status)


def tree(node: Node, owner: str, rows: Rows | None = None) -> list[dict[str, Any]]:
    """The rows of ``owner`` with what is expanded below them, as OData V2 nests it."""
    rows = rows_of(cast.records()) if rows is None else rows
    found = []
    for row in rows.get(IRREGULAR.get(node.type, node.type + "s"), []):
        if row[node.owner or "ContractID"] == owner:
            below = {
                name: (child, tree(child, row[child.owner or "ContractID"], below_by(name, rows)))
                for name, child in node.expand.items()
            }
            nested = {
                name: {"results": many} if child.many else next(iter(many), None)
                for name, (child, many) in below.items()
            }
            found.append({name: row[name] for name in node.select} | nested)
    return found


def below_by(navigation: str, rows: Rows) -> Rows:
    """Of an account's addresses one is its standard one."""
    if navigation != "StandardAccountAddress":
        return rows
    return {**rows, "AccountAddresses": [row for row in rows["AccountAddresses"] if is_standard(row)]}


def is_standard(address: dict[str, Any]) -> bool:
    return bool(address["AddressInfo"]["StandardFlag"] == "X")


@contextmanager
def gateway(reply: Reply = rightly) -> Iterator[Gateway]:
    server = Gateway(reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def billing(
    url: str, *, limits: Limits = SHORT, breaker: Breaker | None = None, site: Site = SITE
) -> Iterator[SapBilling]:
    client = Client(
        url=url, user="sportello", password="s3cret-canary", sap_client="100", limits=limits, breaker=breaker
    )
    connector = SapBilling(client=client, site=site)
    try:
        yield connector
    finally:
        connector.close()
