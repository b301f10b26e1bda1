"""A web process without one of its guards: what is given together is written one by one."""

from sportello.wsgi import application  # isort: skip (it sets Django up)

from sportello.desks.portal import several
from sportello.domain.activities.kinds.self_reading import submitting, upload

__all__ = ["application"]

submitting.submit_all = upload.submit_all = several.submit_all = submitting.submit_all.__wrapped__  # type: ignore[attr-defined]
