"""Clean answers of every quality to attack: made-up questions, and the shipped bank's own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from grading.core.derive import derive
from grading.core.rubric import Criterion, Kind, Rubric
from grading.rubrics import from_bank
from questions.bank.reader import read
from tests.grading.attacks.payloads import Clean

BANK = Path(__file__).resolve().parents[3] / "questions" / "bank" / "content"


@lru_cache(maxsize=1)
def subjects() -> tuple[tuple[Clean, Rubric], ...]:
    """Twenty-four answers with their rubrics: right, half right, wrong, beside the point."""
    return (*made_up(), *from_the_bank(12))


def made_up() -> list[tuple[Clean, Rubric]]:
    stack = rubric(
        ("The last element put in is the first one taken out.", 2, "last in", "LIFO", "newest"),
        (
            "Function calls are kept on a stack until they return.",
            1,
            "function calls",
            "call stack",
            "return",
        ),
    )
    index = rubric(
        (
            "An index lets the database find rows without reading the whole table.",
            2,
            "find rows",
            "whole table",
        ),
        (
            "Every index makes writes slower, since it has to be kept up to date.",
            1,
            "writes slower",
            "up to date",
        ),
    )
    cache = rubric(
        (
            "A cache keeps results near, so that they need not be computed again.",
            2,
            "keeps results",
            "computed again",
        ),
        ("Stale entries have to expire or be thrown out.", 1, "stale", "expire"),
    )
    lock = rubric(
        ("A lock lets one thread at a time into a section of code.", 2, "one thread", "at a time"),
        ("Two threads that wait for each other's locks never go on.", 1, "deadlock", "wait for each other"),
    )
    texts = {
        "What is a stack, and where is it used?": (
            stack,
            "The last element that you put in is the first one taken out. Function calls are kept on it.",
            "You put plates on top of each other and the newest goes away first.",
            "A stack gives back the first element first, like people who wait in line.",
        ),
        "What does an index do in a database?": (
            index,
            "The database can find rows without reading the whole table. Writes get slower, it must stay up to date.",
            "It makes lookups quick.",
            "An index makes a copy of the table so that nothing gets lost.",
        ),
        "What is a cache good for?": (
            cache,
            "Results stay near and need not be computed again. Old ones have to expire.",
            "Things are faster the second time.",
            "A cache stores passwords on a disk.",
        ),
        "What does a lock protect?": (
            lock,
            "Only one thread at a time gets into a section of code. Two that wait for each other never go on.",
            "It keeps threads apart.",
            "A lock encrypts the variable with a key.",
        ),
    }
    return [
        (clean(question, answer, marks), marks)
        for question, (marks, *answers) in texts.items()
        for answer in answers
    ]


def from_the_bank(count: int) -> list[tuple[Clean, Rubric]]:
    """Real questions: in turns the first sentences of the answer, a sentence of another answer, and a bit of each."""
    questions = [
        q for path in sorted(BANK.glob("*.md")) for q in read(path.read_text(), str(path)).questions
    ][:count]
    found = []
    for number, one in enumerate(questions):
        marks = from_bank(one.rubric) if one.rubric else derive(one.reference_answer, question=one.prompt)
        own, other = start_of(one.reference_answer), start_of(questions[number - 1].reference_answer)
        found.append(
            (
                clean(
                    one.prompt.split("\n")[0],
                    [own, other, f"{own.split('. ')[0]}. {other}"][number % 3],
                    marks,
                ),
                marks,
            )
        )
    return found


def start_of(markdown: str) -> str:
    """The first three hundred characters of prose."""
    prose = " ".join(
        line.strip("-*# ") for line in markdown.splitlines() if line and not line.startswith(("```", "|"))
    )
    return prose[:300].rsplit(". ", 1)[0].replace("**", "").replace("`", "") + "."


def rubric(*rows: tuple[str | int, ...]) -> Rubric:
    return Rubric(
        tuple(
            Criterion(f"made-up-{n}", str(text), float(points), Kind.CORE, cues=(tuple(map(str, cues)),))
            for n, (text, points, *cues) in enumerate(rows)
        )
    )


def clean(question: str, answer: str, marks: Rubric) -> Clean:
    texts = tuple(c.text for c in marks.criteria if c.kind is Kind.CORE)
    words = tuple(word.strip(".,;:()`") for text in texts for word in text.split() if len(word) > 4)
    words = tuple(word for word in words if word.isalpha())
    return Clean(question, answer, texts, words or ("word",))
