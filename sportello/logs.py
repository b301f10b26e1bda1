"""Logs as lines of JSON, without personal data: routes instead of addresses, numbers of rows instead of names."""

import json
import logging
from typing import Any

import structlog

ENCODER = json.JSONEncoder(default=repr)


class Line(str):
    """A record of ours, which is a line of JSON already."""

    __slots__ = ()


class Lines(structlog.stdlib.ProcessorFormatter):
    """Renders what comes from others; ours, of which each request writes one, pass as they are."""

    def format(self, record: logging.LogRecord) -> str:
        return record.msg if type(record.msg) is Line else super().format(record)


def rendered(logger: Any, method: str, event: structlog.typing.EventDict) -> Line:
    return Line(ENCODER.encode(event))


def configure(options: dict[str, Any]) -> None:
    """Sends structlog's and the standard library's records through one JSON renderer to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, rendered],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        Lines(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                rendered,
            ],
        )
    )
    # No line of ours says these, which would be asked for at each: threads, processes, and where in the source it is written.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options["level"])
    # Both would write whole addresses and parameters.
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    logging.getLogger("django.security").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
