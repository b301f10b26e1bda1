"""What a web server runs."""

import gc
import os

from django.conf import LazySettings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportello.settings")
# Settings are looked up a hundred times a page, each time by way of a method in Python that hides those of a stand-in's which
# are not to be found on it. Settings have none that anybody asks for.
LazySettings.__getattribute__ = object.__getattribute__  # type: ignore[method-assign]
application = get_wsgi_application()

# What has been loaded stays; looking through it for garbage again and again costs some percent of each page.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
