"""``migrate``, which in billing's own database leaves out the history of all tables that never stand there."""

from typing import Any

from django.core.management.commands import migrate

from sportello.connectors.embedded.routing import ALIAS, APP


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] == ALIAS and not options["app_label"]:
            options |= {"app_label": APP, "run_syncdb": False}  # Django takes no app and run_syncdb together
        super().handle(*args, **options)
