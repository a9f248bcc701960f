"""Rubrics as rows: derived, imported, edited, published. A published rubric never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from grading.bank_rubrics import from_bank
from grading.core import rubric as core
from grading.derived_rubrics import LENT, derived_rubric
from grading.models import Criterion, Rubric, RubricOrigin, RubricStatus
from questions.bank.model import BankCriterion
from questions.models import QuestionVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interview_site.accounts.models import User


def to_bank(rubric: Rubric) -> tuple[BankCriterion, ...]:
    """A rubric as the bank format writes it.

    A misconception that was lent leaves its examples behind: without the true sentences that came with it, for
    which the format has no place, they would speak against right answers.
    """
    return tuple(
        BankCriterion(
            text=c.text,
            points=float(c.points),
            kind=c.kind,
            cues=tuple(tuple(group) for group in c.cues),
            examples=() if c.source.startswith(LENT) else tuple(c.examples),
            correction=c.correction,
        )
        for c in rubric.criteria.all()
    )


def published(version: QuestionVersion) -> Rubric | None:
    """The rubric that new answers are graded by."""
    return version.rubrics.filter(status=RubricStatus.PUBLISHED).first()


def ensure_published(version: QuestionVersion) -> tuple[Rubric, bool]:
    """A published rubric for version, and whether it is new: the one that people wrote for the version before,
    otherwise one that is derived once from the reference answer.
    """
    if current := published(version):
        return current, False
    if before := _written_before(version):
        wanted, origin = before.to_core(), RubricOrigin(before.origin)
    else:
        wanted = derived_rubric(version.reference_answer, question=version.prompt)
        origin = RubricOrigin.DERIVED
    with transaction.atomic():
        _lock(version)
        if current := published(version):  # somebody else was quicker
            return current, False
        return _store(version, wanted, origin), True


def publish_from_bank(version: QuestionVersion, criteria: Sequence[BankCriterion]) -> Rubric:
    """The bank's marking scheme, published as the version's next rubric. Raises NothingToScoreError."""
    return _store(version, from_bank(criteria, version.reference_answer), RubricOrigin.BANK)


def standing(version: QuestionVersion) -> Rubric | None:
    """The rubric that counts for the version: its own, or what people wrote for the version before."""
    return published(version) or _written_before(version)


def _written_before(version: QuestionVersion) -> Rubric | None:
    """The marking scheme that people wrote for an earlier version of the question: an edit of the text keeps it."""
    earlier = Rubric.objects.filter(
        question_version__question=version.question_id,
        question_version__number__lt=version.number,
        origin__in=[RubricOrigin.BANK, RubricOrigin.EDITED],
    ).exclude(status=RubricStatus.DRAFT)
    return earlier.order_by("-question_version__number", "-number").first()


def _lock(version: QuestionVersion) -> None:
    """Until the transaction ends nobody else numbers or publishes rubrics of this version."""
    QuestionVersion.objects.select_for_update(no_key=True).get(pk=version.pk)


@transaction.atomic
def _store(version: QuestionVersion, rubric: core.Rubric, origin: RubricOrigin) -> Rubric:
    _lock(version)
    row = Rubric.objects.create(
        question_version=version, number=_next_number(version), origin=origin, truths=list(rubric.truths)
    )
    _write_criteria(row, rubric.criteria)
    publish(row)
    return row


def _next_number(version: QuestionVersion) -> int:
    return (version.rubrics.aggregate(newest=Max("number"))["newest"] or 0) + 1


def _write_criteria(row: Rubric, criteria: Sequence[core.Criterion]) -> None:
    Criterion.objects.bulk_create(
        Criterion(
            rubric=row,
            position=position,
            text=c.text,
            points=c.points,
            kind=c.kind.value,
            cues=[list(group) for group in c.cues],
            examples=list(c.examples),
            correction=c.correction,
            source=c.source,
            enough=c.enough,
            contrasts=[[list(pair) for pair in contrast] for contrast in c.contrasts],
        )
        for position, c in enumerate(criteria, start=1)
    )


def copy_as_draft(rubric: Rubric, user: User | None = None) -> Rubric:
    """The next draft after rubric, to be edited: the one that somebody has begun, else one with the same criteria."""
    with transaction.atomic():
        version = rubric.question_version
        _lock(version)
        # A draft with a lower number is of older criteria: publishing it would take these back.
        begun = version.rubrics.filter(status=RubricStatus.DRAFT, number__gt=rubric.number)
        if draft := begun.order_by("-number").first():
            return draft
        row = Rubric.objects.create(
            question_version=version, number=_next_number(version), created_by=user, truths=rubric.truths
        )
        _write_criteria(row, rubric.to_core().criteria)
    return row


class NothingToScoreError(ValueError):
    """A rubric without a core criterion gives no maximum."""


@transaction.atomic
def publish(row: Rubric) -> bool:
    """Publish a draft or retired rubric; the one before it retires. False: it was published already. Machines' marks by
    the rubric that was published last count, also where an older one is taken back.

    Raises NothingToScoreError.
    """
    if row.to_core().max_points <= 0:
        raise NothingToScoreError("The rubric needs a core criterion with points before it can be published.")
    _lock(row.question_version)
    others = Rubric.objects.filter(question_version=row.question_version_id, status=RubricStatus.PUBLISHED)
    if others.filter(pk=row.pk).exists():
        return False
    others.update(status=RubricStatus.RETIRED)
    changed = Rubric.objects.filter(pk=row.pk).update(
        status=RubricStatus.PUBLISHED,
        content_hash=row.to_core().content_hash,
        published_at=timezone.now(),
    )
    row.refresh_from_db()
    return changed == 1
