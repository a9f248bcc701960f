"""What turns text around (U+202E and its like) never reaches other people's pages, and is seen in an answer."""

import pytest
from django.urls import reverse
from django.utils import timezone

from grading.forms import AppealForm, ScorecardForm, judgements_from
from grading.models import CriterionScore
from grading.submission import submit_answer, submit_session
from grading.worker import Worker
from sessions.hiring_forms import TemplateForm
from sessions.states import EndedBy
from tests.factories import answer_at, assessment_session
from tests.pages.conftest import page

pytestmark = pytest.mark.django_db

TURNED = "gnp\u202e.exe"


def test_titles_and_names_of_tokens_are_cleaned(client, mia):
    form = TemplateForm({"title": TURNED, "role": f"Backend {TURNED}"})
    form.is_valid()
    assert (form.cleaned_data["title"], form.cleaned_data["role"]) == ("gnp.exe", "Backend gnp.exe")
    assert "Write a title that can be read." in str(TemplateForm({"title": "\u202e"}).errors)
    client.post(reverse("api-tokens"), {"name": TURNED})
    assert mia.api_tokens.get().name == "gnp.exe"


def test_reasons_and_messages_are_cleaned(assessment):
    form = AppealForm({"reason": TURNED})
    assert form.is_valid()
    assert form.cleaned_data["reason"] == "gnp.exe"
    card = ScorecardForm({"notes": TURNED, "message": TURNED})
    assert card.is_valid()
    assert (card.card.notes, card.card.message) == ("gnp.exe", "gnp.exe")
    criterion = CriterionScore.objects.first().criterion
    judged = judgements_from({f"reason-{criterion.pk}": TURNED}, [criterion])
    assert judged[str(criterion.pk)].reason == "gnp.exe"


@pytest.mark.parametrize("name", ["transcript", "grade-answer", "compare-question", "compare-groups"])
def test_in_an_answer_it_is_kept_and_seen(client, ana, mia, name):
    interview_session = assessment_session(ana, hiring_team=[mia], submitted=False)
    answer = answer_at(interview_session, 1)
    submit_answer(answer, TURNED, answer.question_version.rubrics.get().pk, timezone.now())
    submit_session(interview_session, EndedBy.CANDIDATE, timezone.now())
    Worker().drain()
    args = {
        "transcript": [interview_session.pk],
        "grade-answer": [interview_session.pk, 1],
    }.get(name, [interview_session.template_id, answer.question_version.question_id])
    text = page(client, name, *args).content.decode()
    assert "\u202e" not in text
    assert "U+202E" in text
    answer.refresh_from_db()
    assert answer.final_text == TURNED
