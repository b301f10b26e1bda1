"""Writes the table of municipalities anew, after the library that has them has a newer edition."""

from django.core.management.base import BaseCommand

from sportello.domain.customers.places import fill


class Command(BaseCommand):
    help = "Writes municipalities with their provinces and postcodes anew, from the library that is installed."

    def handle(self, **_options: object) -> None:
        self.stdout.write(f"{fill()} places")
