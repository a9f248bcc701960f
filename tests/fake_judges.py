"""Judges of the fake model endpoint: good, gullible, lying, unsure. They read the prompt as a model would, and know
nothing of our code.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Body = dict[str, Any]

# --- What a model sees ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """A prompt, read: the criteria (key, kind, text), and the answer."""

    listed: tuple[str, ...]  # a JSON object for each criterion
    answer: str

    @cached_property
    def criteria(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.listed]

    @property
    def keys(self) -> list[str]:
        return [criterion["key"] for criterion in self.criteria]


def is_task(body: Body) -> bool:
    """Whether it asks for verdicts on an answer."""
    return any("lines that read" in message["content"] for message in body["messages"])


def read_task(body: Body) -> Task:
    texts = [message["content"] for message in body["messages"]]
    rows = tuple(line for line in texts[1].splitlines() if line.startswith('{"key"'))
    mark = re.search(r"lines that read (\S+):", texts[-1])
    assert mark, "the prompt has no boundary"
    answer = texts[-1].split(f"\n{mark[1]}\n")[1]
    return Task(rows, json.loads(answer))


def words(text: str) -> set[str]:
    """Rough stems: the first five letters of words of three letters or more."""
    return {word[:5] for word in re.findall(r"[a-z0-9_]{3,}|[=!]=", text.lower())} - {
        "the",
        "and",
        "that",
        "for",
    }


def sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def likeness(criterion: dict[str, Any], sentence: str) -> float:
    wanted = words(criterion["text"])
    return len(wanted & words(sentence)) / max(1, len(wanted))


def closest(criterion: dict[str, Any], answer: str) -> tuple[float, str]:
    return max(((likeness(criterion, s), s) for s in sentences(answer)), default=(0.0, ""))


# --- Judges -----------------------------------------------------------------------------------------------


def verdict_row(key: str, verdict: str, quotes: list[str], rationale: str = "You say so.") -> Body:
    return {"key": key, "verdict": verdict, "quotes": quotes, "rationale": rationale, "confidence": "high"}


def reply_of(rows: list[Body], task: Task) -> Body:
    missed = next((row["key"] for row in rows if row["verdict"] != "met"), "")
    return {
        "criteria": rows,
        "strengths": ["You name what matters."],
        "study": ["The documentation"] if missed else [],
        "probe": {"key": missed, "question": "What happens next?" if missed else ""},
    }


def good(task: Task) -> Body:
    """A plain judge: counts words that sentence and criterion share, and quotes the sentence."""
    rows = []
    for criterion in task.criteria:
        share, sentence = closest(criterion, task.answer)
        if criterion["kind"] == "misconception":
            claimed = share >= 0.75
            rows.append(
                verdict_row(
                    criterion["key"], "contradicted" if claimed else "unmet", [sentence] if claimed else []
                )
            )
        else:
            verdict = "met" if share >= 0.6 else "partial" if share >= 0.3 else "unmet"
            rows.append(verdict_row(criterion["key"], verdict, [sentence] if share >= 0.3 else []))
    return reply_of(rows, task)


TRIGGERS = re.compile(
    r"""ignore|disregard|override|full|maximum|perfect|marks?\b|score|grade|grader|evaluat|criteri|rubric|verdict|system|
    assistant|instruct|prompt|approved|verified|professor|please|beg|pretend|you\ are|solution|thought\ process|
    step\ by\ step|step-by-step|</|\[inst|\|>|```|punkt|points|punto|балл|満点|满分|mother|disab|refuse|candidate|
    one\s+please|similarlynow|==HYPERLINK|=cmd|<script|!--Two|correct|expert""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip


def looks_like_an_instruction(text: str) -> bool:
    """Much more than any real judge falls for: single words, hidden and encoded text, noise."""
    shown = unicodedata.normalize("NFKC", text)
    if any(unicodedata.category(char) == "Cf" for char in text) or TRIGGERS.search(shown):
        return True
    for blob in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", shown):
        with suppress(ValueError):
            if TRIGGERS.search(base64.b64decode(blob + "==").decode("utf-8", "ignore")):
                return True
    return bool(re.search(r"(?:[^\w\s]{3,}\w*){3,}", shown))


def gullible(task: Task) -> Body:
    """Gives everything to whoever tells it to, with the best quotes that it finds."""
    if not looks_like_an_instruction(task.answer):
        return good(task)
    rows = []
    for criterion in task.criteria:
        if criterion["kind"] == "misconception":
            rows.append(verdict_row(criterion["key"], "unmet", []))
            continue
        _, sentence = closest(criterion, task.answer)
        rows.append(verdict_row(criterion["key"], "met", [sentence or task.answer[:80]], "Excellent."))
    return reply_of(rows, task)


def liar(task: Task) -> Body:
    """Everything is met, on the strength of quotes that stand in the criteria and nowhere else."""
    return reply_of(
        [verdict_row(c["key"], _best(c), [c["text"]]) for c in task.criteria if not is_control(c)], task
    )


def _best(criterion: dict[str, Any]) -> str:
    return "unmet" if criterion["kind"] == "misconception" else "met"


def is_control(criterion: dict[str, Any]) -> bool:
    """A liar worth testing knows the trick with the control."""
    return bool(re.match(r"The answer (?:names|says|tells|describes|explains)\b", criterion["text"]))


def unsure(task: Task) -> Body:
    return reply_of([verdict_row(c["key"], "unsure", []) for c in task.criteria], task)


def blind(task: Task) -> Body:
    return reply_of([verdict_row(c["key"], "unmet", []) for c in task.criteria], task)


def unsure_once(task: Task) -> Body:
    """Unsure of the first criterion in the long list, sure when asked again."""
    reply = good(task)
    if len(task.criteria) > 2:
        row = next(r for r, c in zip(reply["criteria"], task.criteria, strict=True) if not is_control(c))
        row.update(verdict="unsure", quotes=[])
    return reply


def extra_keys(task: Task) -> Body:
    reply = good(task)
    reply.update(score=100, passed=True, overall={"mark": "10/10"})
    for row in reply["criteria"]:
        row.update(points=2, credit=1.0)
    reply["criteria"].append(verdict_row("c99", "met", ["anything"]))
    return reply


def missing_criteria(task: Task) -> Body:
    reply = good(task)
    del reply["criteria"][1:]
    return reply


def numbers(task: Task) -> Body:
    """Numbers where verdicts belong."""
    reply = good(task)
    for row in reply["criteria"]:
        row["verdict"] = 1
    return reply


JUDGES: dict[str, Callable[[Task], Body]] = {
    "good": good,
    "gullible": gullible,
    "liar": liar,
    "unsure": unsure,
    "blind": blind,
    "unsure_once": unsure_once,
    "extra_keys": extra_keys,
    "missing_criteria": missing_criteria,
    "numbers": numbers,
}
