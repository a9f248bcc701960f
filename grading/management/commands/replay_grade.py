"""Recompute a model's grade from what it said then, and say whether the verdicts are the same."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.llm.replay import CannotReplayError, replay
from grading.models import Grade


class Command(BaseCommand):
    help = "Compute a grade's verdicts again from the stored replies. Exit code 1 where they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "grade", type=int, metavar="ID", help="The grade's number, as the admin pages show it."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        grade = (
            Grade.objects.select_related("answer__question_version", "rubric")
            .filter(pk=options["grade"])
            .first()
        )
        if grade is None:
            raise CommandError(f"There is no grade {options['grade']}.")
        try:
            outcome = replay(grade)
        except CannotReplayError as problem:
            raise CommandError(str(problem)) from problem
        for difference in outcome.differences:
            self.stdout.write(f"{difference.stored} → {difference.replayed}: {difference.text}")
        if not outcome.matches:
            raise CommandError(f"Not the same: {outcome.stored_score} then, {outcome.score} now.")
        self.stdout.write(f"The same verdicts, {outcome.score} of {grade.max_score}.")
