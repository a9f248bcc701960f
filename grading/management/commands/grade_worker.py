"""The embedded worker: claims from the database, grades, sweeps. No broker is needed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from grading.worker import Worker


class Command(BaseCommand):
    help = "Grade what is due until told to stop (SIGTERM or Ctrl-C)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Grade what is due now, then leave.")
        parser.add_argument(
            "--poll", type=float, default=0.1, metavar="SECONDS", help="How often to look for work."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(poll_seconds=options["poll"])
        if options["once"]:
            graded = worker.drain()
            self.stdout.write(f"{graded} graded")
            return
        worker.run()
