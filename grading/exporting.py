"""From rows to a bank: every ready question with its published rubric."""

from django.db.models import Prefetch

from grading.models import Rubric, RubricOrigin, RubricStatus
from grading.rubrics import to_bank
from questions.bank.model import Bank, BankQuestion
from questions.models import QuestionVersion, Topic


def bank_from_rows(title: str, *, with_derived: bool = False) -> Bank:
    """The bank in the order of its topics. Rubrics that were merely derived are left out unless asked for: the
    next import derives them again.
    """
    paths = _topic_paths()
    rubrics = Rubric.objects.filter(status=RubricStatus.PUBLISHED).prefetch_related("criteria")
    if not with_derived:
        rubrics = rubrics.exclude(origin=RubricOrigin.DERIVED)
    versions = (
        QuestionVersion.objects.ready()
        .select_related("question")
        .prefetch_related(Prefetch("rubrics", queryset=rubrics, to_attr="published_rubrics"))
    )
    ordered = sorted(
        versions, key=lambda v: (paths[v.question.topic_id][0], v.question.position, v.question.slug)
    )
    return Bank(title, tuple(_bank_question(v, paths[v.question.topic_id][1]) for v in ordered))


def _topic_paths() -> dict[int, tuple[tuple[tuple[int, str], ...], tuple[str, ...]]]:
    """Per topic: what it sorts by, and the titles from the outermost down."""
    topics = {topic.pk: topic for topic in Topic.objects.all()}
    paths = {}
    for topic in topics.values():
        chain: list[Topic] = []
        step: Topic | None = topic
        while step:
            chain.insert(0, step)
            step = topics[step.parent_id] if step.parent_id else None
        paths[topic.pk] = (tuple((t.position, t.title) for t in chain), tuple(t.title for t in chain))
    return paths


def _bank_question(version: QuestionVersion, topics: tuple[str, ...]) -> BankQuestion:
    rubrics: list[Rubric] = version.published_rubrics  # type: ignore[attr-defined]
    return BankQuestion(
        slug=version.question.slug,
        prompt=version.prompt,
        reference_answer=version.reference_answer,
        topics=topics,
        difficulty=version.difficulty,
        tags=tuple(version.tags),
        explanation=version.explanation,
        grader_note=version.grader_note,
        rubric=to_bank(rubrics[0]) if rubrics else (),
    )
