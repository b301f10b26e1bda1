"""What a web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportello.settings")
application = get_wsgi_application()

# What has been loaded stays; looking through it for garbage again and again costs some percent of each page.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
