"""Issues web codes and writes the file for the print run."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sportello.domain.accounts import web_codes
from sportello.domain.accounts.print_runs import FileThere, issue_to_file
from sportello.domain.customers.models import Customer


class Command(BaseCommand):
    help = "Issues web codes for the first access. The file holds them in clear: it is the only place where they are."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        issue = verbs.add_parser("issue", help="new codes; earlier ones of these customers stop working")
        whom = issue.add_mutually_exclusive_group(required=True)
        whom.add_argument("--customer", metavar="CODE", nargs="+", help="these customers")
        whom.add_argument("--missing", action="store_true", help="all that have neither a login nor a usable code")
        issue.add_argument("--file", metavar="FILE.csv", type=Path, required=True, help="must not be there yet")

    def handle(self, *, customer: list[str] | None, file: Path, **_options: Any) -> None:
        now = timezone.now()
        codes = self.known(customer) if customer else web_codes.without_login_or_code(now=now)
        if not codes:
            self.stdout.write("Every customer has a login or a usable code: nothing to print.")
            return
        try:
            count = issue_to_file(codes, file, now=now)
        except FileThere as error:
            raise CommandError(f"{file} is there already; nothing was issued.") from error
        except OSError as error:
            raise CommandError(f"{file} could not be written ({error.strerror}); nothing was issued.") from error
        self.stdout.write(f"{count} codes issued, in {file}. Send it to the printer safely, and delete it then.")

    def known(self, customers: list[str]) -> list[str]:
        wanted = list(dict.fromkeys(customers))
        found = set(Customer.objects.filter(code__in=wanted).values_list("code", flat=True))
        if missing := [code for code in wanted if code not in found]:
            raise CommandError(f"No such customer: {', '.join(missing)}; nothing was issued.")
        return wanted
