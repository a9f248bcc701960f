"""One address for each named view of the hiring side, with the rows that it needs."""

from __future__ import annotations

import uuid

from django.urls import reverse
from django.utils import timezone

from grading.models import Grade, Verdict
from grading.review.appeals import open_appeal
from grading.review.human_grading import Judgement, decide_in_group
from interview_site.integrations.models import ApiToken
from sessions.invitees import read_invitees
from sessions.inviting import invite
from sessions.models import InterviewSession
from tests.factories import UserFactory


def grade_of(interview_session):
    return Grade.objects.filter(answer__interview_session=interview_session).first()


def hiring_addresses(assessment, reviewer):
    """Everything that the hiring team has of Ana's assessment."""
    answer = assessment.answers.first()
    InterviewSession.objects.filter(pk=assessment.pk).update(released_at=timezone.now(), appeal_days=7)
    score = answer.grades.get().criterion_scores.first()
    other = answer.grades.get().criterion_scores.last()
    appeal = open_appeal(answer, other, "Please read it again.", timezone.now())
    return {
        "inbox": reverse("inbox"),
        **{
            name: reverse(name, args=[assessment.pk])
            for name in ("review-lease", "scorecard", "confirm-marks", "release")
        },
        **{
            name: reverse(name, args=[assessment.pk, 1])
            for name in ("grade-answer", "grade-draft", "judge-signal")
        },
        "appeal": reverse("appeal", args=[appeal.pk]),
        **comparing_addresses(assessment, reviewer),
        "appeal-open": reverse("appeal-open", args=[assessment.pk, 1, score.pk]),
    }


def setup_addresses(template, manager):
    """Templates, invitations, and what an invited person meets: Bea, who has no account."""
    invitees, _ = read_invitees("bea@example.com")
    (link,) = invite(template, invitees, manager, timezone.now(), days=7)
    return {
        "templates": reverse("templates"),
        "template-new": reverse("template-new"),
        **{
            name: reverse(name, args=[template.pk])
            for name in (
                "template-invitations",
                "template-edit",
                "template-invite",
                "template-copy",
                "template-delete",
            )
        },
        **{
            name: reverse(name, args=[link.invitation.pk])
            for name in ("invitation-detail", "invitation-renew", "invitation-revoke", "invitation-erase")
        },
        "invitation-link": reverse("invitation-link", args=["no-such-token"]),
        "invitation": reverse("invitation"),
    }


def comparing_addresses(assessment, reviewer):
    """The pages about all candidates of one template."""
    answer = assessment.answers.last()
    counting = answer.grades.get()
    grade = decide_in_group(
        answer,
        reviewer,
        shown=counting.pk,
        criterion_id=str(counting.criterion_scores.first().criterion_id),
        judged=Judgement(Verdict.MET, "Read generously."),
        batch=uuid.uuid4(),
        now=timezone.now(),
    )
    stranger = UserFactory.create(name="Zoe")
    own_token = ApiToken.objects.create(owner=reviewer, name="of Mia", secret_hash="x")
    template, question = assessment.template_id, answer.question_version.question_id
    return {
        **{
            name: reverse(name, args=[template])
            for name in (
                "compare",
                "agreement",
                "agreement-answers",
                "regrade",
                "export-csv",
                "export-json",
                "export-impact",
            )
        },
        **{
            name: reverse(name, args=[template, question])
            for name in ("compare-question", "compare-groups", "decide-group")
        },
        "undo-grade": reverse("undo-grade", args=[grade.pk]),
        "export-pdf": reverse("export-pdf", args=[assessment.pk]),
        "about-me": reverse("about-me", args=[assessment.pk]),
        # Of somebody of whom nothing hangs on this test.
        **{name: reverse(name, args=[stranger.pk]) for name in ("person", "person-data", "person-erase")},
        "openapi": reverse("openapi"),
        **{name: reverse(name) for name in ("api-templates", "api-interviews", "api-tokens")},
        "api-unknown": reverse("api-unknown", args=["v1/nothing/"]),
        "api-interview": reverse("api-interview", args=[assessment.pk]),
        "api-token-revoke": reverse("api-token-revoke", args=[own_token.pk]),
        "regrade-rubric": reverse("regrade-rubric", args=[template, counting.rubric_id]),
    }
