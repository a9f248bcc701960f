"""Import question banks. The command lives here because it spans questions and their rubrics."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from grading.importing import Imported, RubricOutcome, import_question
from grading.rubrics import NothingToScoreError
from questions.bank.importing import Outcome
from questions.bank.model import Bank
from questions.bank.reader import read


class Command(BaseCommand):
    help = "Import question banks in the Markdown format of docs/bank-format.md. Importing again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH", help="A .md file, or a folder of them."
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Take the file's text and rubric wherever people have changed them here. Theirs stay in the history.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._overwrite: bool = options["overwrite"]
        self._places: dict[str, str] = {}  # of the slugs, over all files
        self._totals: Counter[str] = Counter()
        for file in self._files(options["paths"]):
            if bank := self._read(file):
                self._import(bank, file)
        outcomes = [Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, "failed"]
        if self._totals[Outcome.KEPT]:
            outcomes.append(Outcome.KEPT)
        self.stdout.write(", ".join(f"{self._totals[outcome]} {outcome}" for outcome in outcomes))
        if count := self._totals["rubrics"]:
            self.stdout.write(f"{count} rubric{'s' if count > 1 else ''} published")
        if self._totals["edited"]:
            self.stdout.write(
                "kept: it was changed here and in the file since the last import. --overwrite takes the file's; "
                "what was changed here stays in the history."
            )
        if self._totals["failed"]:
            raise CommandError(f"{self._totals['failed']} not imported; everything else was.")

    def _files(self, paths: list[Path]) -> list[Path]:
        """The files that are meant, each once."""
        files: dict[Path, Path] = {}
        for path in paths:
            found = sorted(path.glob("*.md")) if path.is_dir() else [path]
            if not found:
                self._fail(f"{path}: there is no .md file in this folder.")
            files |= {file.resolve(): file for file in found if file.resolve() not in files}
        return list(files.values())

    def _read(self, path: Path) -> Bank | None:
        """What is wrong goes to standard error with its line."""
        try:
            bank = read(path.read_text(encoding="utf-8"), str(path))
        except UnicodeDecodeError as error:
            self._fail(f"{path}: cannot be read: it is not UTF-8 text (byte {error.start + 1}).")
            return None
        except OSError as error:
            self._fail(f"{path}: cannot be read: {error.strerror}.")
            return None
        for problem in bank.errors:
            self._fail(str(problem))
        return bank

    def _import(self, bank: Bank, path: Path) -> None:
        for position, bank_question in enumerate(bank.questions, start=1):
            place, slug = f"{path}:{bank_question.line}", bank_question.slug
            if slug in self._places:
                self._fail(f"{place}: The slug “{slug}” is taken by {self._places[slug]}.")
                continue
            self._places[slug] = place
            try:
                imported = import_question(bank_question, position, overwrite=self._overwrite)
            except (DatabaseError, NothingToScoreError) as error:
                self._fail(f"{place}: {error}")
            else:
                self._count(slug, imported)

    def _count(self, slug: str, imported: Imported) -> None:
        outcome, version = imported.question.outcome, imported.question.version
        self._totals[outcome] += 1
        self._totals["rubrics"] += imported.rubric is RubricOutcome.PUBLISHED
        if outcome in {Outcome.CREATED, Outcome.UPDATED}:
            self.stdout.write(f"{outcome:9} {slug} (version {version.number})")
        elif outcome is Outcome.KEPT:
            self.stdout.write(f"{outcome:9} {slug} ({version.status} version {version.number})")
        if imported.rubric is RubricOutcome.KEPT:
            self.stdout.write(f"{imported.rubric:9} rubric of {slug}")
        self._totals["edited"] += outcome is Outcome.KEPT or imported.rubric is RubricOutcome.KEPT

    def _fail(self, message: str) -> None:
        self.stderr.write(message)
        self._totals["failed"] += 1
