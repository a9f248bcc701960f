"""Measures a grader against people's marks: reads labelled answers, grades them, and keeps every verdict."""

import json
import math
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grading.bank_rubrics import from_bank
from grading.core.agreement import Agreement, agreement
from grading.core.assessment import Assessment
from grading.core.rubric import Rubric
from grading.derived_rubrics import derived_rubric
from questions.bank.model import BankQuestion
from questions.bank.reader import read

Grade = Callable[[str, Rubric, str], Assessment]


class EvaluationError(ValueError):
    """Something that cannot be measured; the message names the file and, where there is one, the line."""


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """One line of a file. score is people's mark 0..1, or None where only the grader's mark is of interest.

    data is the line as it was read. counts is False for rows that published figures leave out.
    """

    path: str
    line: int
    data: dict[str, Any]
    question: str
    answer: str
    score: float | None
    rubrics: tuple[Rubric, ...]
    counts: bool = True

    @property
    def cluster(self) -> str:
        """What hangs together when answers are resampled."""
        return str(self.data.get("question_id") or self.data.get("slug") or self.question)

    @property
    def group(self) -> str:
        return str(self.data.get("level") or self.data.get("kind") or "")


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer with its verdicts, under the rubric that served it best."""

    row: LabelledAnswer
    rubric: Rubric
    assessment: Assessment

    @property
    def predicted(self) -> float | None:
        """The mark 0..1, or None when the answer could not be graded."""
        score, highest = self.assessment.score, self.assessment.max_score
        return None if score is None or highest <= 0 else score / highest


@dataclass(slots=True)
class BankIndex:
    """The questions of some banks, found by their text or by their slug; the first bank that has it wins."""

    banks: list[tuple[dict[str, BankQuestion], dict[str, BankQuestion]]] = field(default_factory=list)

    def find(self, question: str, slug: str) -> BankQuestion | None:
        for by_text, by_slug in self.banks:
            found = by_text.get(_key(question)) or by_slug.get(slug)
            if found:
                return found
        return None


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()


def read_banks(paths: Iterable[Path]) -> BankIndex:
    """The banks in files and folders of them. Raises EvaluationError for a file that cannot be read and for every
    question that is malformed.
    """
    index = BankIndex()
    files = [file for path in paths for file in (sorted(path.glob("*.md")) if path.is_dir() else [path])]
    for file in files:
        bank = read(_read(file), str(file))
        if bank.errors:
            raise EvaluationError("\n".join(map(str, bank.errors)))
        by_text = {_key(text): q for q in bank.questions for text in (q.prompt.split("\n")[0], q.prompt)}
        index.banks.append((by_text, {q.slug: q for q in bank.questions}))
    return index


def read_answers(path: Path, banks: BankIndex) -> list[LabelledAnswer]:
    """The labelled answers of a file of JSON lines. Raises EvaluationError, naming the line."""
    rows: list[LabelledAnswer] = []
    known: dict[tuple[str, ...], tuple[Rubric, ...]] = {}
    for number, line in enumerate(_read(path).splitlines(), start=1):
        if line.strip():
            try:
                rows.append(_labelled(json.loads(line), str(path), number, banks, known))
            except json.JSONDecodeError as error:
                raise EvaluationError(f"{path}:{number}: not JSON: {error.msg}") from error
            except _MalformedError as error:
                raise EvaluationError(f"{path}:{number}: {error}") from error
    if not rows:
        raise EvaluationError(f"{path}: no answers in it")
    return rows


class _MalformedError(ValueError):
    pass


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise EvaluationError(f"{path}: cannot be read: {reason}") from error


def _labelled(
    data: object, path: str, line: int, banks: BankIndex, known: dict[tuple[str, ...], tuple[Rubric, ...]]
) -> LabelledAnswer:
    if not isinstance(data, dict):
        raise _MalformedError("not a JSON object")
    question, slug, answer = (_text(data, key) for key in ("question", "slug", "answer"))
    if "answer" not in data:
        raise _MalformedError("there is no “answer”")
    score = data.get("score")
    if score is not None and (
        isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1
    ):
        raise _MalformedError(f"the score {score!r} is not a number from 0 to 1")
    references = _references(data)
    key = (question, slug, *references)
    if key not in known:
        known[key] = _rubrics(question, slug, references, banks)
    if not known[key]:
        raise _MalformedError("there is no reference answer, and " + _why_not_found(question, slug, banks))
    found = banks.find(question, slug) if not question else None
    return LabelledAnswer(
        path=path,
        line=line,
        data=data,
        question=question or (found.prompt if found else ""),
        answer=answer,
        score=score,
        rubrics=known[key],
        counts=data.get("split") != "ignored" and not data.get("selection_style"),
    )


def _why_not_found(question: str, slug: str, banks: BankIndex) -> str:
    if not question and not slug:
        return "there is neither a question nor a slug to find one by"
    return (
        "the question is in none of the banks" if banks.banks else "no bank is given to find the question in"
    )


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise _MalformedError(f"“{key}” is not text")
    return value or ""


def _references(data: dict[str, Any]) -> tuple[str, ...]:
    several = data.get("reference_answers")
    if several is not None and not (
        isinstance(several, list) and all(isinstance(one, str) for one in several)
    ):
        raise _MalformedError("“reference_answers” is not a list of texts")
    found = several or [_text(data, "reference_answer")]
    return tuple(dict.fromkeys(text for text in found if text.strip()))


def _rubrics(question: str, slug: str, references: tuple[str, ...], banks: BankIndex) -> tuple[Rubric, ...]:
    if references:
        return rubrics_for(question, references)
    found = banks.find(question, slug)
    if found is None:
        return ()
    if found.rubric:
        return (from_bank(found.rubric, found.reference_answer),)
    return rubrics_for(found.prompt, (found.reference_answer,))


def rubrics_for(question: str, references: Sequence[str]) -> tuple[Rubric, ...]:
    """The rubrics of several reference answers, of which an answer needs to satisfy one.

    Short references that hold one criterion each are ways to say the same, so they become one rubric with the
    others as examples.
    """
    derived = [
        rubric
        for reference in references
        if (rubric := derived_rubric(reference, question=question)).criteria
    ]
    short = [rubric for rubric in derived if len(rubric.criteria) == 1]
    long = [rubric for rubric in derived if len(rubric.criteria) > 1]
    if len(short) > 1:
        first = short[0].criteria[0]
        others = tuple(
            text for rubric in short[1:] for text in (rubric.criteria[0].text, *rubric.criteria[0].examples)
        )
        # Cues of one wording must not be demanded of another.
        short = [Rubric((replace(first, cues=(), examples=(*first.examples, *others)),))]
    return (*short, *long)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run over one file gave. seconds is the processor time of grading alone: reading the file is not in it,
    nor other work on the machine, nor waiting for a model.
    """

    path: str
    graded: tuple[Graded, ...]
    seconds: float

    @property
    def answers_per_processor_second(self) -> float:
        return len(self.graded) / self.seconds if self.seconds else math.inf

    @property
    def scored(self) -> list[tuple[Graded, float, float]]:
        """(answer, people's mark, the grader's mark) of what the figures are taken from."""
        return [
            (one, one.row.score, one.predicted)
            for one in self.graded
            if one.row.counts and one.row.score is not None and one.predicted is not None
        ]

    def agreement(self, resamples: int) -> Agreement:
        pairs = self.scored
        return agreement(
            [human for _, human, _ in pairs],
            [machine for _, _, machine in pairs],
            [one.row.cluster for one, _, _ in pairs],
            resamples=resamples,
        )


def measure(path: str, rows: Sequence[LabelledAnswer], grade: Grade) -> Measured:
    """Grade all rows, each under every rubric it has, and keep the best."""
    graded: list[Graded] = []
    started = time.process_time()
    for row in rows:
        best: Graded | None = None
        for rubric in row.rubrics:
            one = Graded(row, rubric, grade(row.question, rubric, row.answer))
            if best is None or _rank(one) > _rank(best):
                best = one
        assert best is not None  # a row without a rubric is refused when it is read
        graded.append(best)
    return Measured(path, tuple(graded), time.process_time() - started)


def _rank(one: Graded) -> float:
    return -1.0 if one.predicted is None else one.predicted


def prediction_line(one: Graded) -> str:
    """The input's keys, and beside them what the grader said."""
    texts = {criterion.id: criterion.text for criterion in one.rubric.criteria}
    criteria = [
        {
            "text": texts[judged.criterion_id],
            "verdict": judged.verdict.value,
            "credit": judged.credit,
            "quotes": [span.text for span in judged.evidence],
        }
        for judged in one.assessment.criteria
    ]
    added = {"predicted": one.predicted, "flags": list(one.assessment.flags), "criteria": criteria}
    return json.dumps(one.row.data | added, ensure_ascii=False)


def peak_memory() -> float:
    """The most memory that this process has held so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def evaluate(
    paths: Sequence[Path],
    grade: Grade,
    *,
    banks: Sequence[Path] = (),
    predictions: Path | None = None,
) -> list[Measured]:
    """Measure a grader on every file; with a path for predictions, one line per answer is written there.

    Everything is read and checked before anything is graded. Raises EvaluationError.
    """
    index = read_banks(banks)
    files = [(str(path), read_answers(path, index)) for path in paths]
    measured = [measure(path, rows, grade) for path, rows in files]
    if predictions:
        lines = (prediction_line(one) for result in measured for one in result.graded)
        try:
            predictions.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            raise EvaluationError(f"{predictions}: cannot be written: {error.strerror}") from error
    return measured
