"""Lets a member of staff start the reset of a password, once he has made sure of the person. Nobody sets one for another."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sportello.domain.accounts import recovery
from sportello.domain.people.models import User, normalise_username

LONGEST_PROOF = 200


class Command(BaseCommand):
    help = "Starts the reset of a forgotten password."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        start = verbs.add_parser(
            "start", help="sends a link or a letter; neither question nor saved code is asked then"
        )
        start.add_argument("username")
        how = start.add_mutually_exclusive_group(required=True)
        how.add_argument("--by-mail", action="store_true", help="to the address that the login has proven")
        how.add_argument("--by-post", action="store_true", help="to the postal address that billing has")
        start.add_argument("--operator", metavar="USERNAME", required=True, help="who has made sure of the person")
        start.add_argument("--proof", required=True, help="how: goes into the journal, so no numbers of documents")

    def handle(self, *, username: str, by_post: bool, operator: str, proof: str, **_options: Any) -> None:
        person = self.user(username)
        staff = self.user(operator)
        if not staff.is_staff:
            raise CommandError(f"{operator} is no member of staff.")
        if staff == person:
            raise CommandError("Nobody makes sure of himself.")
        if not 3 <= len(proof.strip()) <= LONGEST_PROOF:
            raise CommandError(f"Say in 3 to {LONGEST_PROOF} characters how identity was proven.")
        if not by_post and not person.email:
            raise CommandError(f"{username} has no proven e-mail address: use --by-post.")
        if not recovery.begin(person, by_post=by_post, now=timezone.now(), operator_id=staff.pk, proof=proof.strip()):
            raise CommandError(f"There is no address to write to {username}.")
        self.stdout.write("A letter waits to be printed." if by_post else "A mail is on its way.")

    def user(self, username: str) -> User:
        user = User.objects.filter(username=normalise_username(username), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no open login {username}.")
        return user
