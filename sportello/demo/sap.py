"""The demo on SAP: SAP's own mock server, which knows the invented company and the readings that it was sent."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from sportello.connectors.sap.mock import serving
from sportello.demo.company import Company, build


def serve(*, var: Path, today: date, say: Callable[[str], None], stack: ExitStack) -> tuple[Company, dict[str, str]]:
    """Starts the mock server, which stops with ``stack``.

    Gives the company and what must stand in the environment before Django reads its settings. ``today`` is the day on
    which the company is shown.
    """
    if not serving.installed(var):
        say("Installing SAP's mock server ...")
        serving.install(var)
    company = build(today=today)
    mock = stack.enter_context(serving.MockSap(company.records, var=var))
    say(f"SAP's mock server is at {mock.address}")
    return company, mock.environment
