"""Write the bank. The command lives here because it spans questions and their rubrics."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grading.exporting import bank_from_rows
from questions.bank.fitting import parted
from questions.bank.writer import write


class Command(BaseCommand):
    help = "Write every ready question with its published rubric in the Markdown bank format."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, metavar="PATH", help="A file; without it, standard output."
        )
        parser.add_argument("--title", default="Question bank")
        parser.add_argument(
            "--derived", action="store_true", help="Write rubrics that were derived and never edited, too."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        bank, misfits = parted(bank_from_rows(options["title"], with_derived=options["derived"]))
        try:
            text = write(bank)
        except ValueError as error:
            raise CommandError(str(error)) from error
        path: Path | None = options["path"]
        if path is None:
            sys.stdout.write(text)
        else:
            try:
                path.write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{path}: cannot be written: {error.strerror}") from error
            self.stderr.write(f"{len(bank.questions)} questions written to {path}")
        for misfit in misfits:
            self.stderr.write(misfit)
        if misfits:
            left_out = len({misfit.partition(":")[0] for misfit in misfits})
            raise CommandError(f"{left_out} not written; everything else was.")
