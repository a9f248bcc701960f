"""Recording locks the end of the log until the commit. Who deletes records last: two acts that lock the log and the
rows in opposite order would wait for each other on PostgreSQL.
"""

import threading

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone

from grading.core.assessment import Verdict
from grading.models import Grade
from grading.outgoing import people
from grading.review.human_grading import Judgement, grade_by_hand
from grading.worker import Worker
from interview_site.accounts import audit
from interview_site.accounts.models import Role, User
from interview_site.integrations.models import ApiToken, Endpoint
from sessions import authoring, inviting
from sessions.invitees import Invitee
from sessions.models import Invitation
from tests.factories import UserFactory, assessment_session, interview_template


@pytest.fixture
def recorded(monkeypatch):
    """recorded[action]: what was still there when the act was recorded."""
    found, record = {}, audit.record

    def noted(actor, action, target, **particulars):
        found[action] = type(target).objects.filter(pk=target.pk).exists()
        return record(actor, action, target, **particulars)

    monkeypatch.setattr(audit, "record", noted)
    return found


@pytest.fixture
def ada(client, db):
    user = UserFactory.create(name="Ada", role=Role.ADMIN)
    client.force_login(user)
    return user


def test_a_person_is_gone_when_the_erasure_is_recorded(ada, recorded):
    people.erase(UserFactory.create(name="Ana"), ada)
    assert recorded == {"person.erased": False}


def test_so_is_an_invitation(ada, recorded):
    (link,) = inviting.invite(
        interview_template([ada]), [Invitee("ana@example.com", "Ana")], ada, timezone.now(), days=7
    )
    inviting.revoke(link.invitation, ada, timezone.now())
    inviting.erase(link.invitation, ada, timezone.now())
    assert recorded["invitation.erased"] is False
    assert not Invitation.objects.exists()


def test_so_is_a_template(ada, recorded):
    assert authoring.delete(interview_template([ada]), ada)
    assert recorded == {"template.deleted": False}


@pytest.mark.parametrize(
    ("make", "where", "action"),
    [
        (lambda ada: Endpoint.objects.create(name="ATS"), "integrations_endpoint", "webhook.removed"),
        (lambda ada: ApiToken.objects.create(owner=ada), "integrations_apitoken", "token.removed"),
    ],
)
def test_so_are_endpoints_and_tokens(client, ada, recorded, make, where, action):
    client.post(reverse(f"admin:{where}_delete", args=[make(ada).pk]), {"post": "yes"})
    assert recorded == {action: False}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_person_can_be_erased_while_somebody_grades_their_answer(monkeypatch):
    """SQLite lets one write at a time; on PostgreSQL both are under way."""
    ana, mia, ada = (
        UserFactory.create(name="Ana"),
        UserFactory.create(name="Mia"),
        UserFactory.create(name="Ada"),
    )
    assessment = assessment_session(ana, hiring_team=[mia], count=1)
    Worker().drain()
    answer = assessment.answers.get()
    verdicts = {
        str(one.pk): Judgement(Verdict.UNMET, "No.") for one in answer.grades.get().rubric.criteria.all()
    }
    is_grading, troubles, record = threading.Event(), [], audit.record

    def slowly(actor, action, target, **particulars):
        if action == "grade.graded":
            is_grading.set()
            threading.Event().wait(0.5)  # The answer is locked; the end of the log is next.
        entry = record(actor, action, target, **particulars)
        if action == "person.erased":
            threading.Event().wait(0.5)
        return entry

    def grade():
        now = timezone.now()
        grade_by_hand(answer, mia, verdicts, base=None, sees_machine=True, now=now)

    def run(act):
        try:
            act()
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connections.close_all()

    monkeypatch.setattr(audit, "record", slowly)
    grading = threading.Thread(target=run, args=[grade])
    grading.start()
    assert is_grading.wait(10)
    if connection.vendor == "sqlite":
        grading.join()
    erasing = threading.Thread(target=run, args=[lambda: people.erase(ana, ada)])
    erasing.start()
    for thread in (grading, erasing):
        thread.join(30)
    assert troubles == []
    assert not User.objects.filter(pk=ana.pk).exists()
    assert not Grade.objects.exists()
