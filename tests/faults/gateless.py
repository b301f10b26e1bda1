"""A web process without the gate before signing in."""

from sportello.wsgi import application  # isort: skip (it sets Django up)

from sportello.desks.limits import GateMiddleware

__all__ = ["application"]

GateMiddleware.__call__ = lambda gate, request: gate.get_response(request)  # type: ignore[method-assign]
