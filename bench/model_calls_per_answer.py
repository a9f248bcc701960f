"""Calls per answer with a judge that knows how an expert marked: `python -m bench.model_calls_per_answer PATH`.

PATH has JSON lines with `question`, `answer` and `points`: the expert's key points, each met yes, partial, no or
contradicted. The judge gives each criterion the verdict of the key point that it shares the most words with, quotes
the sentence closest to it, and is wrong in a given share of its verdicts and of its quotes, as models are. Everything
but the model is the real grader. Also prints why criteria were asked for again.

    python -m bench.model_calls_per_answer answers.jsonl --bank questions/bank/content --wrong 0.05
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fake_judges import Task, closest, is_control, likeness, read_task, reply_of, verdict_row

VERDICTS = {"yes": "met", "partial": "partial", "no": "unmet", "contradicted": "contradicted"}
CLOSE_ENOUGH = 0.3  # share of a criterion's words that an expert's point has
NOT_ORDINARY = frozenset(
    "keyword_soup adversarial prompt_injection reference_of_other_question padding question_echo "
    "reference_verbatim_negated dont_know off_topic_fluent".split()
)


@dataclass
class ExpertJudge:
    """Answers as the expert marked: points are those of the answer in hand. wrong is a share, 0..1."""

    wrong: float
    random: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    points: list[dict[str, str]] = field(default_factory=list)
    score: float = 0.0

    @property
    def endpoint(self) -> Any:
        from grading.llm.exchanging import Endpoint

        return Endpoint("expert")

    def complete(
        self, messages: Sequence[Any], schema: dict[str, Any], *, max_tokens: int | None = None
    ) -> Any:
        from grading.llm.exchanging import Mode, Reply

        task = read_task({"messages": [{"role": m.role, "content": m.content} for m in messages]})
        text = json.dumps(reply_of([self._row(criterion, task) for criterion in task.criteria], task))
        return Reply(text, "expert", "stop", Mode.SCHEMA, 0, 0, 0.0, "", text)

    def _row(self, criterion: dict[str, Any], task: Task) -> dict[str, Any]:
        if is_control(criterion):
            return verdict_row(criterion["key"], "unmet", [])
        share, point = max(
            ((likeness(criterion, one["point"]), one) for one in self.points), key=lambda found: found[0]
        )
        if share >= CLOSE_ENOUGH:
            verdict = VERDICTS[point["met"]]
        else:  # the expert did not mark this one: by the whole
            verdict = "met" if self.score >= 0.8 else "partial" if self.score >= 0.5 else "unmet"
        if criterion["kind"] == "misconception":
            verdict = "contradicted" if verdict == "contradicted" else "unmet"
        elif self.random.random() < self.wrong:
            verdict = self.random.choice(["met", "partial", "unmet", "unsure"])
        _, sentence = closest({"text": criterion["text"] + " " + point["point"]}, task.answer)
        if self.random.random() < self.wrong:
            sentence = "In other words: " + sentence
        quotes = [sentence] if verdict in {"met", "partial", "contradicted"} else []
        return verdict_row(criterion["key"], verdict, quotes)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("path", type=Path)
    parser.add_argument("--bank", type=Path, action="append", required=True)
    parser.add_argument(
        "--wrong", type=float, default=0.05, help="share of wrong verdicts, and of wrong quotes"
    )
    options = parser.parse_args(argv)
    os.environ.update(DJANGO_SETTINGS_MODULE="interview_site.settings", ENV_FILE=os.devnull)
    import django

    django.setup()
    measure(options.path, options.bank, options.wrong)
    return 0


def measure(path: Path, banks: Sequence[Path], wrong: float) -> None:
    """Prints calls per answer by level, and the doubts that led to second calls."""
    from grading.core.reading_copy import reading_copy
    from grading.evaluation import read_answers, read_banks
    from grading.graders import assess_offline
    from grading.llm.gates import gate
    from grading.llm.judge import judge, keys_in_doubt, read
    from grading.llm.prompts import CURRENT

    model, doubts, calls, points = ExpertJudge(wrong), Counter[str](), {}, []
    for row in read_answers(path, read_banks(banks)):
        rubric, copy = row.rubrics[0], reading_copy(row.answer)
        offline = assess_offline(row.question, rubric, row.answer)
        model.points, model.score = row.data["points"], row.score or 0.0
        made = calls.setdefault(row.group or "all", [])
        if gate(row.question, rubric, copy, offline):
            made.append(0)
            continue
        judgement = judge(model, row.question, rubric, copy, offline)
        made.append(len(judgement.calls))
        first = read(
            judgement.calls[0].reply.text, row.question, rubric, copy, CURRENT.all_keys(rubric), CURRENT
        )
        if row.group not in NOT_ORDINARY:
            doubts.update(
                first.checked[key].doubt.value
                for key in keys_in_doubt(first, row.question, rubric, offline, CURRENT)
            )
            unsure = sum(a.verdict.value == "unsure" for a in judgement.assessment.criteria)
            points.append((unsure, len(judgement.assessment.criteria)))
    for level, made in calls.items():
        print(f"{level:24} {sum(made) / len(made):.2f} calls per answer")
    ordinary = [n for level, made in calls.items() if level not in NOT_ORDINARY for n in made]
    print(
        f"{'ordinary answers':24} {sum(ordinary) / len(ordinary):.2f} calls per answer (n = {len(ordinary)})"
    )
    print(f"left unsure: {sum(u for u, _ in points) / sum(n for _, n in points):.1%} of criteria")
    for doubt, count in doubts.most_common():
        print(f"asked again because {doubt}: {count} criteria")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
