"""What a web server runs."""

import gc
import os

from django.conf import LazySettings, settings
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries
from django.urls import get_resolver
from django.utils import translation

from sportello.desks.watching import counters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportello.settings")
# Settings are looked up a hundred times a page, each time by way of a method in Python that hides those of a stand-in's which
# are not to be found on it. Settings have none that anybody asks for.
LazySettings.__getattribute__ = object.__getattribute__  # type: ignore[method-assign]
application = get_wsgi_application()
if settings.DATABASE_POOL:
    # Connections have gone back to the pool at the end of the request before, and nobody notes queries.
    request_started.disconnect(close_old_connections)
    request_started.disconnect(reset_queries)

# The server loads this before it forks its workers: what is here already they have in common, and need not load themselves.
for code, _name in settings.LANGUAGES:
    with translation.override(code):
        get_resolver().reverse_dict  # noqa: B018 (it is filled by asking)
        translation.gettext("Invoices")

os.register_at_fork(after_in_child=counters)  # each worker counts for itself

# What has been loaded stays; looking through it for garbage again and again costs some percent of each page.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
