"""What staff are told of the model, and what they see of an exchange."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.models import CriterionScore, Grade
from grading.models_exchange import ModelSwitch
from grading.models_review import Review
from grading.submission import end_if_due, submit_answer
from grading.views.exchange import pretty
from grading.worker import Worker
from interview_site.accounts.models import Role
from tests.factories import UserFactory, answer_at, assessment_session
from tests.grading.llm.submitting import GOOD, submit_many
from tests.stack import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


def test_web_processes_never_import_openai():
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; import interview_site.wsgi; "
        "from django.urls import get_resolver; get_resolver().url_patterns; "
        "import django.contrib.admin; print('openai' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_staff_are_told_and_candidates_are_not(model_settings, client):
    ModelSwitch.objects.create(is_on=False, why="Costs")
    for role, is_told in ((Role.HIRING_MANAGER, True), (Role.ADMIN, True), (Role.CANDIDATE, False)):
        client.force_login(UserFactory.create(role=role))
        assert ("switched off" in client.get(reverse("home")).content.decode()) is is_told


def test_the_hiring_team_sees_what_the_model_was_asked(model_settings, fake, client):
    mia = UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)
    interview_session = assessment_session(UserFactory.create(), hiring_team=[mia], count=1, submitted=False)
    answer = answer_at(interview_session, 1)
    submit_answer(answer, GOOD, answer.question_version.rubrics.get().pk, timezone.now())
    end_if_due(interview_session, timezone.now())
    Worker().drain()
    Review.objects.create(interview_session=interview_session, reviewer=mia, status="submitted")
    client.force_login(mia)
    page = client.get(reverse("grade-exchange", args=[Grade.objects.get(grader="llm").pk])).content.decode()
    assert "fake-1" in page
    assert "1000 tokens in, 200 out" in page
    assert "The values are computed one at a time" in page
    plain = client.get(reverse("transcript", args=[interview_session.pk])).content.decode()
    assert reverse("grade-exchange", args=[Grade.objects.get(grader="llm").pk]) in plain


def test_what_a_model_writes_is_shown_as_text(model_settings, fake, client):
    interview_session = submit_many(1)
    Worker().drain()
    evil = "<script>alert(1)</script>"
    CriterionScore.objects.update(rationale=evil)
    Grade.objects.update(feedback={"strengths": [evil], "study": [evil], "probe": {"question": evil}})
    client.force_login(interview_session.candidate)
    page = client.get(reverse("result", args=[interview_session.pk])).content.decode()
    assert evil not in page
    assert "Ask yourself:" in page


def test_a_reply_that_is_nested_beyond_reason_is_shown_as_it_is():
    raw = "[" * 100_000 + "]" * 100_000
    assert pretty(raw) == raw
