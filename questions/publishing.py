"""draft → ready → retired: how versions of questions come and go. Ready rows are frozen."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from questions.models import Question, QuestionVersion, VersionStatus

AUTHORED_FIELDS = ("prompt", "reference_answer", "difficulty", "tags", "explanation", "grader_note")


def _lock(question_id: int) -> None:
    """Until the transaction ends nobody else numbers or publishes versions of this question."""
    Question.objects.select_for_update(no_key=True).get(pk=question_id)


@transaction.atomic
def add_version(question: Question, authored: Mapping[str, Any]) -> QuestionVersion:
    """The question's next version, a draft. authored maps AUTHORED_FIELDS to their values."""
    _lock(question.pk)
    newest = question.versions.aggregate(newest=Max("number"))["newest"] or 0
    return QuestionVersion.objects.create(question=question, number=newest + 1, **authored)


@transaction.atomic
def copy_as_draft(version: QuestionVersion) -> QuestionVersion:
    """The next draft after version, to be edited: the one that somebody has begun, else one with the same text."""
    _lock(version.question_id)
    # A draft with a lower number is of an older text: publishing it would take this one back.
    begun = QuestionVersion.objects.filter(
        question=version.question_id, status=VersionStatus.DRAFT, number__gt=version.number
    )
    return begun.order_by("-number").first() or add_version(
        version.question, {name: getattr(version, name) for name in AUTHORED_FIELDS}
    )


@transaction.atomic
def publish(version: QuestionVersion) -> bool:
    """Make a draft or a retired version the ready one; the ready one before it retires. False: it was ready."""
    _lock(version.question_id)
    others = QuestionVersion.objects.filter(question=version.question_id, status=VersionStatus.READY)
    if others.filter(pk=version.pk).exists():
        return False
    others.update(status=VersionStatus.RETIRED)
    changed = QuestionVersion.objects.filter(pk=version.pk).update(
        status=VersionStatus.READY, ready_at=version.ready_at or timezone.now()
    )
    version.refresh_from_db(fields=["status", "ready_at"])
    return changed == 1


def retire(version: QuestionVersion) -> bool:
    """A ready version is no longer drawn; sessions that hold it keep it. False: it was not ready."""
    changed = QuestionVersion.objects.ready().filter(pk=version.pk).update(status=VersionStatus.RETIRED)
    version.refresh_from_db(fields=["status"])
    return changed == 1
