"""Write the answers that people have judged, for measuring graders against them."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from grading.outgoing.labelled import labelled_examples


class Command(BaseCommand):
    help = "Write labelled examples as JSON lines, without names, for `manage.py evaluate_grader`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--appeals", action="store_true", help="Only answers with a decided appeal.")

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        with options["file"].open("w", encoding="utf-8") as file:
            for example in labelled_examples(only_appeals=options["appeals"]):
                file.write(json.dumps(example, ensure_ascii=False) + "\n")
                count += 1
        self.stdout.write(f"{count} labelled answers in {options['file']}.")
