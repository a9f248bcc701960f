"""Check database, broker and model, and say in plain words what to fix."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grading.llm.doctor import examine


class Command(BaseCommand):
    help = "Check database, broker, key, endpoint, model and schema support. Exit code 1 where something is wrong."
    requires_migrations_checks = False
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in examine():
            wrong += not finding.is_ok
            self.stdout.write(f"{'ok   ' if finding.is_ok else 'WRONG'}  {finding.subject}: {finding.said}")
            if finding.advice:
                self.stdout.write(f"       {finding.advice}")
        if wrong:
            raise CommandError(f"{wrong} thing{'s' if wrong > 1 else ''} to fix.")
        self.stdout.write("All is well.")
