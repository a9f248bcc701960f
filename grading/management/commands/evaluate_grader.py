"""Measure a grader against people's marks."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.evaluation import EvaluationError, evaluate
from grading.evaluation_graders import GRADERS, grader_named
from grading.evaluation_report import report
from grading.semantics import LEVELS


class Command(BaseCommand):
    help = (
        "Grade labelled answers (JSON lines with question, answer, score 0..1, and reference_answer or "
        "reference_answers) and print how well the marks agree with people's. Needs no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="A file of JSON lines.")
        parser.add_argument("--grader", choices=GRADERS, default="offline")
        parser.add_argument("--level", choices=LEVELS, default="lexical", help="Of the offline grader.")
        parser.add_argument(
            "--bank",
            action="append",
            default=[],
            type=Path,
            metavar="BANK.md",
            help="Where to find a question without a reference answer, by its text or slug; its rubric is used, too.",
        )
        parser.add_argument(
            "--predictions",
            type=Path,
            metavar="OUT.jsonl",
            help="Write every answer with its mark and verdicts.",
        )
        parser.add_argument(
            "--resamples",
            type=int,
            default=300,
            help="Bootstrap resamples for the 95 %% intervals; 0 for none.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            measured = evaluate(
                options["paths"],
                grader_named(options["grader"], options["level"]),
                banks=options["bank"],
                predictions=options["predictions"],
            )
            self.stdout.write(report(measured, resamples=options["resamples"]))
        except EvaluationError as error:
            raise CommandError(str(error)) from error
