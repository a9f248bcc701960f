"""From a bank to rows: each question becomes created, updated (a new version), unchanged or kept."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction

from questions.bank.model import BankQuestion
from questions.models import Question, QuestionVersion, Topic, VersionStatus
from questions.publishing import add_version, publish


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one question of the bank. version is the one that interviews ask, or the newest."""

    version: QuestionVersion
    outcome: Outcome


@transaction.atomic
def store(bank_question: BankQuestion, position: int, *, overwrite: bool = False) -> Stored:
    """Store the question at that position of its bank. An edit makes the next version, which is ready at once.

    Where the file says what it said the last time, nothing changes, whatever people have done since. Where both the
    file and people have changed the question, theirs is kept. With overwrite the file wins wherever the two differ.
    """
    question = _placed(bank_question, position)
    authored = {
        "prompt": bank_question.prompt,
        "reference_answer": bank_question.reference_answer,
        "difficulty": bank_question.difficulty,
        "tags": list(bank_question.tags),
        "explanation": bank_question.explanation,
        "grader_note": bank_question.grader_note,
    }
    said = QuestionVersion(**authored).content_hash
    versions = list(question.versions.order_by("-number"))
    current = _current(versions)
    if current and said == current.content_hash:
        outcome, version = Outcome.UNCHANGED, current
    elif overwrite or not versions:
        outcome, version = _next(question, authored)
    elif current and said == _said_before(question, versions, said):
        outcome, version = Outcome.UNCHANGED, current
    elif _is_edited(question, current):
        return Stored(current or versions[0], Outcome.KEPT)
    else:
        outcome, version = _next(question, authored)
    remember(version, content=said)
    return Stored(version, outcome)


def _next(question: Question, authored: dict[str, Any]) -> tuple[Outcome, QuestionVersion]:
    version = add_version(question, authored)
    publish(version)
    return Outcome.UPDATED if version.number > 1 else Outcome.CREATED, version


def remember(version: QuestionVersion, **said: object) -> None:
    """Keep what the file said about the question of that version."""
    question = version.question
    if not said.items() <= question.imported.items():
        question.imported |= said
        question.save(update_fields=["imported"])


def _placed(bank_question: BankQuestion, position: int) -> Question:
    """The question under its topic, locked until the transaction ends."""
    question, _ = Question.objects.get_or_create(
        slug=bank_question.slug,
        defaults={"topic": lambda: _topic(bank_question.topics), "position": position},  # type: ignore[misc]
    )
    question = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    place = {"topics": list(bank_question.topics), "position": position}
    if place["topics"] != question.imported.get("topics"):
        question.topic = _topic(bank_question.topics)
    if position != question.imported.get("position"):
        question.position = position
    if question.imported != question.imported | place:
        question.imported |= place
        question.save(update_fields=["topic", "position", "imported"])
    return question


def _current(versions: list[QuestionVersion]) -> QuestionVersion | None:
    """The ready version; of a question that somebody retired, the newest one: an import does not revive it."""
    published = [version for version in versions if version.status != VersionStatus.DRAFT]
    ready = [version for version in published if version.status == VersionStatus.READY]
    return next(iter(ready or published), None)


def _said_before(question: Question, versions: list[QuestionVersion], said: str) -> str | None:
    """The hash of what was imported last; where nobody noted it, any version with that content will do."""
    if "content" in question.imported:
        return str(question.imported["content"])
    return said if any(version.content_hash == said for version in versions) else None


def _is_edited(question: Question, current: QuestionVersion | None) -> bool:
    """Whether people have changed or retired what was imported last, or wrote the question themselves."""
    return (
        current is None
        or current.status == VersionStatus.RETIRED
        or current.content_hash != question.imported.get("content")
    )


def _topic(titles: tuple[str, ...]) -> Topic:
    topic: Topic | None = None
    for title in titles:
        topic, _ = Topic.objects.get_or_create(
            parent=topic,
            title=title,
            defaults={"position": Topic.objects.filter(parent=topic).count() + 1},
        )
    assert topic is not None, "the reader lets no question through without a topic"
    return topic
