"""Comparing: the grid of a template, one question across candidates, groups of answers with one decision each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Prefetch
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from grading.forms import REASON_CHARACTERS, ReasonField
from grading.marking import marked, visible
from grading.models import Criterion, CriterionKind, CriterionScore, Grade, Grader, Verdict
from grading.models_review import HumanAct
from grading.presenting import shown_criteria, verdicts_of
from grading.review.comparing import (
    SORTS,
    candidates_of,
    cells_for,
    groups_of,
    hidden_sessions,
    shuffled,
)
from grading.review.human_grading import (
    VERDICTS_FOR,
    BuiltOnError,
    GradeConflictError,
    Judgement,
    decide_in_group,
    withdraw,
)
from interview_site.accounts.access import SignedInRequest, hiring_team
from questions.models import QuestionVersion
from questions.rendering import inline_html
from sessions.models import Answer, InterviewSession, InterviewTemplate
from sessions.states import SessionStatus

PAGE_SIZE = 50
ANSWERS_PAGE_SIZE = 10
GROUP_LIMIT = 100


def managed(request: SignedInRequest, template_id: int) -> InterviewTemplate:
    """A template of the user's teams; 404 otherwise."""
    return get_object_or_404(InterviewTemplate.objects.managed_by(request.user), pk=template_id)


@hiring_team
@require_safe
@never_cache
def compare(request: SignedInRequest, template_id: int) -> HttpResponse:
    """Candidates × questions: what counts, who stands for it, what is open."""
    template = managed(request, template_id)
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "submitted"
    people = candidates_of(template, request.user, sort)
    page = Paginator(people, PAGE_SIZE).get_page(request.GET.get("page"))
    cells = cells_for(list(page.object_list), request.user)
    asked = sorted({question for row in cells.values() for question in row})
    versions = QuestionVersion.objects.filter(
        question__in=asked, answers__interview_session__in=[one.session_id for one in page.object_list]
    ).distinct()
    titles = {version.question_id: version.title for version in versions.order_by("number")}
    places: dict[int, int] = {}
    for row in cells.values():
        for question, cell in row.items():
            places[question] = min(cell.position, places.get(question, cell.position))
    questions = sorted(titles, key=lambda question: (places[question], question))
    context = {
        "template": template,
        "page": page,
        "rows": [
            (one, [cells.get(one.session_id, {}).get(question) for question in questions])
            for one in page.object_list
        ],
        "questions": [
            (number, question, inline_html(titles[question]))
            for number, question in enumerate(questions, start=1)
        ],
        "sort": sort,
        "headings": [
            (name, label, _other_way(name, sort), _aria(name, sort))
            for name, label in (("name", "Candidate"), ("score", "Points"), ("submitted", "Finished"))
        ],
        "filters": f"&sort={sort}",
    }
    return render(request, "grading/compare.html", context)


def _other_way(name: str, sort: str) -> str:
    first = "-score" if name == "score" else name
    second = name if name == "score" else f"-{name}"
    return second if sort == first else first


def _aria(name: str, sort: str) -> str:
    if sort.removeprefix("-") != name:
        return ""
    return "descending" if sort.startswith("-") else "ascending"


def _answers_to(template: InterviewTemplate, question_id: int) -> Any:
    return Answer.objects.filter(
        interview_session__template=template,
        interview_session__mode="assessment",
        interview_session__status=SessionStatus.SUBMITTED,
        question_version__question=question_id,
    )


def _version(template: InterviewTemplate, question_id: int) -> QuestionVersion:
    # By id: a number that is too large for the database is then no question, and no error either.
    asked = QuestionVersion.objects.filter(
        question__id=question_id, answers__interview_session__template=template
    )
    return get_object_or_404(asked.distinct().order_by("-number")[:1])


@hiring_team
@require_safe
@never_cache
def question(request: SignedInRequest, template_id: int, question_id: int) -> HttpResponse:
    """One question across candidates, without their names, in an order that has nothing to do with them."""
    template = managed(request, template_id)
    version = _version(template, question_id)
    ids = shuffled(template.pk, question_id, _answers_to(template, question_id).values_list("pk", flat=True))
    page = Paginator(ids, ANSWERS_PAGE_SIZE).get_page(request.GET.get("page"))
    grades = (
        Grade.objects.by_effect()
        .select_related("graded_by", "rubric")
        .prefetch_related(Prefetch("criterion_scores", CriterionScore.objects.prefetch_related("evidence")))
    )
    found = {
        answer.pk: answer
        for answer in Answer.objects.filter(pk__in=page.object_list).prefetch_related(
            Prefetch("grades", grades)
        )
    }
    hidden = hidden_sessions(template, request.user)
    rows, shown_grades = [], []
    for number, pk in enumerate(page.object_list, start=page.start_index()):
        answer = found[pk]
        every = list(answer.grades.all())
        is_mine = any(grade.graded_by_id == request.user.pk for grade in every)
        is_hidden = answer.interview_session_id in hidden and not is_mine
        grade = every[0] if every and not is_hidden else None
        criteria, spans = shown_criteria(grade, as_in_rubric=True) if grade else ((), [])
        shown_grades += [grade] if grade else []
        rows.append(
            {
                "number": number,
                "answer": answer,
                "grade": grade,
                "is_hidden": is_hidden,
                "criteria": criteria,
                "segments": marked(answer.final_text, verdicts_of(criteria), spans),
            }
        )
    context = {
        "template": template,
        "question_id": question_id,
        "title_html": inline_html(version.title),
        "rows": rows,
        "rubrics": _criteria_of(shown_grades),
        "page": page,
    }
    return render(request, "grading/compare_question.html", context)


def _criteria_of(grades: Iterable[Grade]) -> list[tuple[int, list[tuple[int, str, str]]]]:
    """What the numbers below the answers stand for: (rubric, [(number, kind, text)]), the newest rubric first."""
    by_rubric = {grade.rubric.number: grade.criterion_scores.all() for grade in grades}
    return [
        (number, [(score.position, score.kind, inline_html(score.text)) for score in scores])
        for number, scores in sorted(by_rubric.items(), reverse=True)
    ]


class GroupForm(forms.Form):
    """One decision for the ticked members: a verdict on one criterion, and why."""

    criterion = forms.UUIDField()
    verdict = forms.ChoiceField(choices=Verdict.choices)
    reason = ReasonField(max_length=REASON_CHARACTERS)

    @property
    def ticked(self) -> set[int]:
        """The grades that were ticked; what is no number counts for nothing."""
        sent = cast(QueryDict, self.data).getlist("member")
        return {int(pk) for pk in sent if pk.isascii() and pk.isdigit() and len(pk) < 19}

    @property
    def criterion_chosen(self) -> uuid.UUID | None:
        """Which criterion was chosen, for a form that comes back."""
        return self.cleaned_data.get("criterion")


@hiring_team
@require_safe
@never_cache
def groups(request: SignedInRequest, template_id: int, question_id: int) -> HttpResponse:
    """Answers by verdict pattern, and the decisions that were applied to groups, each member with its undo."""
    return _render_groups(request, managed(request, template_id), question_id, None)


def _render_groups(
    request: SignedInRequest,
    template: InterviewTemplate,
    question_id: int,
    form: GroupForm | None,
    key: str = "",
) -> HttpResponse:
    version = _version(template, question_id)
    hidden = hidden_sessions(template, request.user)
    shown = groups_of(template, question_id, hidden)
    decided = (
        Grade.objects.standing()
        .filter(
            human__act=HumanAct.GROUP,
            answer__interview_session__template=template,
            answer__question_version__question=question_id,
        )
        .exclude(answer__interview_session__in=hidden)
        .select_related("human", "graded_by", "answer__interview_session__candidate")
        .prefetch_related(
            Prefetch(
                "criterion_scores",
                CriterionScore.objects.filter(criterion=F("grade__human__criterion")),
                to_attr="decided_scores",
            )
        )
        .order_by("-created_at", "pk")[:GROUP_LIMIT]
    )
    context = {
        "template": template,
        "question_id": question_id,
        "title_html": inline_html(version.title),
        "groups": [
            {
                "group": group,
                "points": group.points,
                "members": [(grade, _excerpt(grade, 280)) for grade in group.members[:GROUP_LIMIT]],
                "more": max(0, len(group.members) - GROUP_LIMIT),
                # A misconception that nobody claims is not worth a line; it can be decided all the same.
                "shown": [
                    (score, inline_html(score.text))
                    for score in group.scores
                    if score.kind != CriterionKind.MISCONCEPTION or score.verdict != Verdict.UNMET
                ],
                "form": form if group.key == key else None,
            }
            for group in shown
        ],
        "verdicts": Verdict.choices,
        "hidden_count": len(hidden),
        "decided": [
            (
                grade,
                _excerpt(grade, 120),
                [(score, inline_html(score.text)) for score in grade.decided_scores],
            )
            for grade in decided
        ],
    }
    return render(request, "grading/compare_groups.html", context, status=422 if form else 200)


def _excerpt(grade: Grade, characters: int) -> SafeString:
    """How the answer begins."""
    return visible(Truncator(grade.answer.final_text or "Nothing was written.").chars(characters))


@hiring_team
@require_POST
@never_cache
def decide_group(request: SignedInRequest, template_id: int, question_id: int) -> HttpResponse:
    """Apply one decision to the ticked members. One transaction a member: who has changed meanwhile is left out."""
    template = managed(request, template_id)
    form = GroupForm(request.POST)
    if not form.is_valid():
        return _render_groups(request, template, question_id, form, request.POST.get("group", ""))
    data = form.cleaned_data
    criterion = get_object_or_404(
        Criterion.objects.filter(rubric__question_version__question__id=question_id), pk=data["criterion"]
    )
    verdict = Verdict(data["verdict"])
    if verdict not in VERDICTS_FOR[CriterionKind(criterion.kind)]:
        form.add_error("verdict", f"A {criterion.get_kind_display().lower()} cannot be {verdict.label}.")
        return _render_groups(request, template, question_id, form, request.POST.get("group", ""))
    hidden = hidden_sessions(template, request.user)
    grades = (
        Grade.objects.filter(
            pk__in=form.ticked, rubric=criterion.rubric_id, answer__in=_answers_to(template, question_id)
        )
        .exclude(answer__interview_session__in=hidden)
        .select_related("answer__interview_session")
    )
    batch, applied, missed, now = uuid.uuid4(), 0, 0, timezone.now()
    seen = 0
    judged = Judgement(verdict, data["reason"].strip())
    for grade in grades:
        try:
            decide_in_group(
                grade.answer, request.user, shown=grade.pk, criterion_id=str(criterion.pk), judged=judged,
                batch=batch, now=now,
            )  # fmt: skip
            applied += 1
            seen += grade.answer.interview_session.candidate_may_see_marks
        except GradeConflictError:
            missed += 1
    if applied:
        told = f" {seen} of them can be seen by the candidate already." if seen else ""
        messages.success(
            request,
            f"Decided for {applied} answer{'s' if applied > 1 else ''}.{told} Each can be undone below.",
        )
    if missed or not applied:
        messages.warning(
            request,
            f"{missed or 'No'} answers were left out: graded anew, settled by an appeal, or not ticked.",
        )
    return redirect("compare-groups", template_id, question_id)


@hiring_team
@require_POST
def undo(request: SignedInRequest, grade_id: int) -> HttpResponse:
    """Withdraw one member's share of a decision for a group: what counted before counts again."""
    readable = InterviewSession.objects.readable_by_hiring(request.user)
    grades = Grade.objects.filter(
        grader=Grader.HUMAN, human__act=HumanAct.GROUP, answer__interview_session__in=readable
    ).select_related("answer__interview_session", "answer__question_version")
    grade = get_object_or_404(grades, pk=grade_id)
    answer = grade.answer
    try:
        if withdraw(grade, request.user, timezone.now(), why="Undone for this member of the group"):
            messages.success(request, "Undone for this answer.")
        else:
            messages.info(request, "It was undone before.")
    except BuiltOnError:
        messages.warning(
            request,
            "Not undone: something was decided on top of it since, and holds it as well. Undo that first, or grade "
            f"answer {answer.position} of {answer.interview_session.candidate} by hand.",
        )
    return redirect(
        "compare-groups", answer.interview_session.template_id, answer.question_version.question_id
    )
