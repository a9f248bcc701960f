"""Migrate the database and import the shipped questions: the step before the servers of a deployment start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interview_site import preparation


class Command(BaseCommand):
    help = "Migrate the database and import the shipped questions. Doing it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            preparation.check_database()
        except preparation.NotUsable as problem:
            raise CommandError(str(problem)) from problem
        migrated = preparation.migrate()
        self.stdout.write("The database has been migrated." if migrated else "The database is up to date.")
        self.stdout.write(preparation.import_shipped_bank() or "The shipped questions are up to date.")
