"""One person's data: all of it in the file, none of it left after erasing."""

import json

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grading.models import Grade, Verdict
from grading.models_exchange import Exchange
from grading.models_review import Appeal, SelfIdentification
from grading.outgoing.people import NotACandidateError, erase
from grading.review.appeals import contestable, decide, open_appeal
from grading.review.human_grading import Judgement, save_draft
from grading.review.releasing import release
from grading.review.scorecards import Card, submit
from grading.review.signals import judge
from interview_site.accounts import audit
from interview_site.accounts.models import AuditEntry, Role, User
from sessions.models import Answer, InterviewSession, Invitation
from sessions.sittings import record
from sessions.states import EventKind
from tests.factories import UserFactory, answer_at, interview_template, practice_session
from tests.grading.review.conftest import sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = [pytest.mark.django_db, pytest.mark.services]

CANARY = "kanarienvogel"


@pytest.fixture
def ada(client):
    user = UserFactory.create(name="Ada", role=Role.ADMIN)
    client.force_login(user)
    return user


@pytest.fixture
def mia():
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


def dump() -> str:
    """Every cell of every table."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [str(cell) for row in cursor.fetchall() for cell in row]
    return "\n".join(found)


@pytest.fixture
def ana(mia, ada):
    """A person about whom something is written in every place that there is; each time with the canary."""
    person = UserFactory.create(name=f"Ana {CANARY}", email=f"{CANARY}@example.com")
    Client().force_login(person)
    practice = practice_session(person, 1)
    Answer.objects.filter(interview_session=practice).update(draft_text=f"draft {CANARY}")
    assessment = sat(person, [mia], text=f"The values are computed on demand, {CANARY}.", appeal_days=7)
    answer = answer_at(assessment, 1)
    record(answer, EventKind.PASTED, characters=9)
    save_draft(answer, mia, {"x": Judgement(None, f"draft of a reason {CANARY}")}, 0, timezone.now())
    by_hand(answer, mia, "unmet", "unmet", reason=f"{CANARY} said nothing")
    judge(answer, "pasted", mia, timezone.now(), is_relevant=False)
    submit(assessment, mia, Card("no", f"notes {CANARY}", f"Dear {CANARY}"), 0, timezone.now())
    release(assessment, mia, timezone.now())
    score = contestable(answer).first()
    appeal = open_appeal(answer, score, f"I am {CANARY}", timezone.now())
    decide(appeal, ada, Verdict.MET, f"{CANARY} is right", timezone.now())
    job = answer.grading_jobs.first()
    for grade in (None, answer.grades.first()):
        Exchange.objects.create(
            job=job, grade=grade, attempt=1, position=1, purpose="first", endpoint="", model="",
            prompt_version="", request_hash="", raw_request=CANARY, raw_response=CANARY,
        )  # fmt: skip
    audit.record(ada, "person.changed", person, before={"name": CANARY}, why=CANARY)
    address = EmailAddress.objects.create(user=person, email=f"{CANARY}@example.org", verified=True)
    for target in (person, address):
        LogEntry.objects.create(
            user=ada, content_type=ContentType.objects.get_for_model(target), object_id=str(target.pk),
            object_repr=str(target), action_flag=CHANGE,
        )  # fmt: skip
    return person


def test_nothing_of_the_person_is_left_in_any_table(ana, ada):
    bob = sat(UserFactory.create(name="Bob"), [])
    assert dump().count(CANARY) > 12
    erase(ana, ada)
    assert CANARY not in dump()
    assert not User.objects.filter(pk=ana.pk).exists()
    assert [one.pk for one in InterviewSession.objects.all()] == [bob.pk]
    assert Grade.objects.count() == 2
    assert not Appeal.objects.exists()


def test_the_audit_log_still_verifies_and_says_that_it_was_done(ana, ada):
    before, number = AuditEntry.objects.count(), str(ana.pk)
    erase(ana, ada)
    verdict = audit.verify()
    assert verdict.broken_at is None
    assert verdict.erased > 0
    last = AuditEntry.objects.order_by("number").last()
    assert AuditEntry.objects.count() == before + 1
    assert (last.action, last.actor_id, last.target_id) == ("person.erased", ada.pk, number)


def test_the_file_has_everything_that_was_written(client, ana):
    response = client.get(reverse("person-data", args=[ana.pk]))
    data = json.loads(response.content)
    assert data["account"]["email"] == ana.email
    assert {one["mode"] for one in data["interviews"]} == {"practice", "assessment"}
    for text in ("draft ", "computed on demand", "said nothing", "notes ", "Dear ", "I am ", "is right"):
        assert text in response.content.decode()


def test_the_file_has_what_led_to_each_mark(client, ana, mia):
    assessment = InterviewSession.objects.get(mode="assessment")
    InterviewSession.objects.filter(pk=assessment.pk).update(
        extra_time_percent=37, deadline_at=timezone.now()
    )
    answer = answer_at(assessment, 1)
    answer.grades.update(flags=["instruction_like"])
    save_draft(answer, mia, {"x": Judgement(None, "still thinking")}, 0, timezone.now())

    data = json.loads(client.get(reverse("person-data", args=[ana.pk])).content)

    assert [one["email"] for one in data["account"]["addresses"]] == [f"{CANARY}@example.org"]
    (invitation,) = data["invitations"]
    assert invitation["extra_time_percent"] == 0
    interview = next(one for one in data["interviews"] if one["mode"] == "assessment")
    assert interview["extra_time_percent"] == 37
    assert interview["deadline_at"]
    kept = interview["answers"][0]
    assert [one["verdicts"]["x"]["reason"] for one in kept["grade_drafts"]] == ["still thinking"]
    assert [one["raw_response"] for one in kept["model_exchanges"]] == [CANARY, CANARY]
    assert [one["state"] for one in kept["grading_jobs"]] == ["done"]
    machine = next(one for one in kept["grades"] if one["grader"] == "keyword")
    assert (machine["flags"], machine["rubric"]) == (["instruction_like"], 1)
    quote = machine["criteria"][0]["evidence"][0]
    assert kept["text"][quote["start"] : quote["end"]] == quote["text"]


def test_the_file_does_not_say_who_the_reviewers_were(client, ana, mia, ada):
    text = client.get(reverse("person-data", args=[ana.pk])).content.decode()
    assert not [one for person in (mia, ada) for one in (person.name, person.email) if one in text]


def test_what_ana_said_about_herself_is_on_her_own_page_and_not_in_the_file_that_an_admin_makes(
    client, mia, ada
):
    ana = UserFactory.create(name="Ana")
    assessment = sat(ana, [mia, ada])
    about_me, file = reverse("about-me", args=[assessment.pk]), reverse("person-data", args=[ana.pk])
    before = client.get(file).content
    SelfIdentification.objects.create(interview_session=assessment, sex="female", ethnicity="native")
    assert client.get(file).content == before
    assert about_me in before.decode()
    client.force_login(ana)
    assert client.get(about_me).context["form"]["ethnicity"].value() == "native"


def test_the_address_has_to_be_typed(client, ana):
    client.post(reverse("person-erase", args=[ana.pk]), {"email": "somebody@example.com"})
    assert User.objects.filter(pk=ana.pk).exists()
    client.post(reverse("person-erase", args=[ana.pk]), {"email": ana.email.upper()})
    assert not User.objects.filter(pk=ana.pk).exists()


def test_managers_and_admins_are_not_erased_here(mia, ada, client):
    with pytest.raises(NotACandidateError):
        erase(mia, ada)
    assert client.get(reverse("person", args=[mia.pk])).status_code == 404


def invited(email, **fields):
    return Invitation.objects.create(template=interview_template([]), email=email, **fields)


def invitations_in_file(client, person):
    data = json.loads(client.get(reverse("person-data", args=[person.pk])).content)
    return len(data["invitations"])


def test_an_invitation_that_somebody_else_accepted_stays_theirs_when_the_address_changes_hands(
    client, mia, ada
):
    assessment = sat(UserFactory.create(name="Ana"), [mia])
    Invitation.objects.filter(pk=assessment.invitation_id).update(email="shared@example.com")
    bob = UserFactory.create(name="Bob", email="shared@example.com")
    assert invitations_in_file(client, bob) == 0
    erase(bob, ada)
    assert InterviewSession.objects.get().invitation.email == "shared@example.com"


def test_open_invitations_to_every_confirmed_address_go_with_the_person_and_no_others(client, ada):
    ana = UserFactory.create(name="Ana")
    for address, is_verified in (("alt@example.com", True), ("claimed@example.com", False)):
        EmailAddress.objects.create(user=ana, email=address, verified=is_verified)
    for address in (ana.email.upper(), "Alt@Example.com", "claimed@example.com", "bob@example.com"):
        invited(address, name="Ana")
    assert invitations_in_file(client, ana) == 2
    erase(ana, ada)
    left = Invitation.objects.values_list("email", flat=True)
    assert set(left) == {"claimed@example.com", "bob@example.com"}
