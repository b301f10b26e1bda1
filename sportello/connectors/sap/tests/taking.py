"""A gateway that takes meter reading results as SAP does, and as badly as a test wants; what it took can be counted."""

import json
from typing import Any

from sportello.connectors.sap.mock.data import Rows, rows_of
from sportello.connectors.sap.tests import cast
from sportello.connectors.sap.tests.gateway import Handler, Reply, say


class Taking:
    """A reply of the gateway. The next write is answered by ``instead`` and nothing is done; or done, and then answered
    by ``after``. Both are used once. ``unseen`` results are taken and not shown yet.
    """

    def __init__(self) -> None:
        self.rows: Rows = rows_of(cast.records())
        self.taken: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.token = "first"
        self.instead: Reply | None = None
        self.after: Reply | None = None
        self.unseen: list[dict[str, Any]] = []

    def __call__(self, handler: Handler) -> None:
        if handler.command == "POST":
            return self.write(handler)
        if handler.headers.get("X-CSRF-Token") == "Fetch":
            return handler.answer('{"d": {"EntitySets": []}}', X_CSRF_Token=self.token)
        return say(handler, self.rows)

    def write(self, handler: Handler) -> None:
        if handler.headers.get("X-CSRF-Token") != self.token:
            return handler.answer("CSRF token validation failed", 403, "text/plain", X_CSRF_Token="Required")
        instead, self.instead = self.instead, None
        if instead is not None:
            return instead(handler)
        made = self.take(json.loads(handler.sent))
        after, self.after = self.after, None
        if after is not None:
            return after(handler)
        return handler.answer(json.dumps({"d": made[0]}), 201)

    def take(self, body: dict[str, Any], *, seen: bool = True) -> list[dict[str, Any]]:
        self.bodies.append(body)
        first, others = dict(body), body.get("DependentMeterReadingResults", [])
        first.pop("DependentMeterReadingResults", None)
        made = []
        for result in (first, *others):
            number = str(9 * 10**19 + len(self.taken))
            rest = {"ReadingUnit": "", "Consumption": None, "MeterReadingReasonID": "", "MeterReadingCategoryID": "02"}
            row = {"MeterReadingResultID": number, "ContractID": "3001", **result, **rest, "MeterReadingStatusID": "1"}
            self.taken.append(row)
            made.append(row)
        (self.rows["MeterReadingResults"] if seen else self.unseen).extend(made)
        return made

    def show(self) -> None:
        self.rows["MeterReadingResults"] += self.unseen
        self.unseen = []

    @property
    def shown(self) -> list[tuple[str, str]]:
        return [(row["RegisterID"], row["ReadingResult"]) for row in self.taken]
