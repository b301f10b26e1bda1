"""Jobs are deferred in Django's own transaction, whatever process it is: with what they are about, or not at all.

The app of a worker has a connection of its own, bound to the worker's event loop. What was deferred by it would run before
the transaction that wants it is committed, and would stay where that is undone; and one thread too many that waited for that
connection would wait for ever.
"""

from typing import Final

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager

job_manager: Final = JobManager(DjangoConnector())
