"""Every address × every kind of visitor: who gets in, who is sent to the login, for whom it does not exist."""

from __future__ import annotations

import uuid

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from grading.submission import submit_session
from grading.worker import Worker
from interview_site.accounts.access import CANDIDATE_OWN, HIRING_TEAM, PUBLIC, SIGNED_IN, STAFF, TOKEN
from interview_site.accounts.models import Role
from sessions.models import InterviewSession, Invitation
from sessions.states import EndedBy
from tests.addresses import grade_of, hiring_addresses, setup_addresses
from tests.factories import UserFactory, assessment_session, practice_session

pytestmark = pytest.mark.django_db

POLICIES = {PUBLIC, SIGNED_IN, CANDIDATE_OWN, HIRING_TEAM, STAFF, TOKEN}
VISITORS = ("nobody", "ana", "bob", "mia", "ned", "ada")


def patterns(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern


OURS = {p.name: p for path, p in patterns() if not path.startswith(("admin/", "accounts/"))}
ADMIN = [p for path, p in patterns() if path.startswith("admin/")]


def test_every_view_of_ours_declares_its_policy():
    undeclared = [
        name for name, p in OURS.items() if getattr(p.callback, "access_policy", None) not in POLICIES
    ]
    assert undeclared == []


@pytest.fixture
def people():
    """Ana sat both interviews; Bob is another candidate; Mia hires for the template, Ned for none; Ada is admin."""
    return {
        "ana": UserFactory.create(name="Ana"),
        "bob": UserFactory.create(name="Bob"),
        "mia": UserFactory.create(name="Mia", role=Role.HIRING_MANAGER),
        "ned": UserFactory.create(name="Ned", role=Role.HIRING_MANAGER),
        "ada": UserFactory.create(name="Ada", role=Role.ADMIN),
    }


@pytest.fixture
def addresses(people):
    """One address for each named view, made for Ana."""
    sitting = practice_session(people["ana"])
    lobby = practice_session(people["ana"], started=False)
    assessment = assessment_session(people["ana"], hiring_team=[people["mia"]])
    practice = practice_session(people["ana"], 1)
    discarded = practice_session(people["ana"], 1)
    template = assessment.template
    invitation = Invitation.objects.create(template=template, candidate=people["ana"])
    finished = practice_session(people["ana"], 1)
    submit_session(finished, EndedBy.CANDIDATE, timezone.now())
    Worker().drain()
    return {
        "home": reverse("home"),
        "assessments": reverse("assessments"),
        "healthz": reverse("healthz"),
        "practice": reverse("practice"),
        "my-interviews": reverse("my-interviews"),
        "practice-discard": reverse("practice-discard", args=[discarded.pk]),
        "invitation-start": reverse("invitation-start", args=[invitation.pk]),
        "interview": reverse("interview", args=[lobby.pk]),
        "interview-start": reverse("interview-start", args=[lobby.pk]),
        "question": reverse("question", args=[sitting.pk, 1]),
        "answer-draft": reverse("answer-draft", args=[sitting.pk, 1]),
        "answer-save": reverse("answer-save", args=[sitting.pk, 1]),
        "answer-skip": reverse("answer-skip", args=[sitting.pk, 1]),
        "answer-submit": reverse("answer-submit", args=[sitting.pk, 1]),
        "answer-feedback": reverse("answer-feedback", args=[sitting.pk, 1]),
        "interview-finish": reverse("interview-finish", args=[sitting.pk]),
        "interview-status": reverse("interview-status", args=[sitting.pk]),
        "result": reverse("result", args=[assessment.pk]),
        "result-status": reverse("result-status", args=[assessment.pk]),
        "transcript": reverse("transcript", args=[assessment.pk]),
        "transcript of practice": reverse("transcript", args=[practice.pk]),
        "grade-exchange": reverse("grade-exchange", args=[grade_of(assessment).pk]),
        "grade-exchange of practice": reverse("grade-exchange", args=[grade_of(finished).pk]),
        **hiring_addresses(assessment, people["mia"]),
        **setup_addresses(template, people["mia"]),
    }


POSTS = {
    "practice-discard",
    "decide-group",
    "undo-grade",
    "person-erase",
    "api-token-revoke",
    "template-copy",
    "invitation-renew",
    "invitation-revoke",
    "invitation-erase",
    "review-lease",
    "scorecard",
    "confirm-marks",
    "release",
    "grade-draft",
    "judge-signal",
    "invitation-start",
    "interview-start",
    "answer-draft",
    "answer-save",
    "answer-skip",
    "answer-submit",
}
# What each visitor meets, in the order of VISITORS. in: let in; login: sent there; none: 404; no: 403.
EXPECTED = {
    "home": "in in in in in in",
    "healthz": "in in in in in in",
    "practice": "login in in in in in",
    "invitation-start": "login in none none none none",
    "interview": "login in none none none none",
    "my-interviews": "login in in in in in",
    "practice-discard": "login in none none none none",
    "interview-start": "login in none none none none",
    "question": "login in none none none none",
    "answer-draft": "login in none none none none",
    "answer-save": "login in none none none none",
    "answer-skip": "login in none none none none",
    "answer-submit": "login in none none none none",
    "answer-feedback": "login in none none none none",
    "interview-finish": "login in none none none none",
    "interview-status": "login in none none none none",
    "result": "login in none none none none",
    "result-status": "login in none none none none",
    "transcript": "login no no in none in",
    "grade-exchange": "login no no in none in",
    "grade-exchange of practice": "login no no none none none",
    "transcript of practice": "login no no none none none",
    "templates": "login no no in in in",
    "template-new": "login no no in in in",
    "template-invitations": "login no no in none in",
    "template-edit": "login no no in none in",
    "template-invite": "login no no in none in",
    "template-copy": "login no no in none in",
    "template-delete": "login no no in none in",
    "invitation-detail": "login no no in none in",
    "invitation-renew": "login no no in none in",
    "invitation-revoke": "login no no in none in",
    "invitation-erase": "login no no in none in",
    # A link that is not ours leads nowhere, for everybody alike; so does the page behind it without a link.
    "invitation-link": "none none none none none none",
    "invitation": "none none none none none none",
    "assessments": "login no no in in in",
    "inbox": "login no no in in in",
    "review-lease": "login no no in none in",
    "scorecard": "login no no in none in",
    "confirm-marks": "login no no in none in",
    "release": "login no no in none in",
    "grade-answer": "login no no in none in",
    "grade-draft": "login no no in none in",
    "judge-signal": "login no no in none in",
    "appeal": "login no no in none in",
    "appeal-open": "login in none none none none",
    "compare": "login no no in none in",
    "compare-question": "login no no in none in",
    "compare-groups": "login no no in none in",
    "decide-group": "login no no in none in",
    "undo-grade": "login no no in none in",
    "agreement": "login no no in none in",
    "agreement-answers": "login no no in none in",
    "regrade": "login no no in none in",
    "regrade-rubric": "login no no in none in",
    "export-csv": "login no no in none in",
    "export-json": "login no no in none in",
    "export-pdf": "login no no in none in",
    "export-impact": "login no no no no in",
    "about-me": "login in none none none none",
    "person": "login no no no no in",
    "person-data": "login no no no no in",
    "person-erase": "login no no no no in",
    "openapi": "in in in in in in",
    "api-templates": "token token token token token token",
    "api-interviews": "token token token token token token",
    "api-unknown": "none none none none none none",
    "api-interview": "token token token token token token",
    "api-tokens": "login no no in in in",
    "api-token-revoke": "login no no in none none",
}


def test_the_table_names_every_view_of_ours():
    assert {name.split(" of ")[0] for name in EXPECTED} == set(OURS)


def outcome(response):
    if response.status_code in {301, 302} and response["Location"].startswith("/accounts/login/"):
        return "login"
    return {401: "token", 403: "no", 404: "none"}.get(response.status_code, "in")


@pytest.mark.parametrize("name", EXPECTED)
def test_who_gets_in(name, client, people, addresses):
    seen = []
    for visitor in VISITORS:
        client.logout()
        if visitor != "nobody":
            client.force_login(people[visitor])
        response = client.post(addresses[name]) if name in POSTS else client.get(addresses[name])
        assert response.status_code < 500
        seen.append(outcome(response))
    assert seen == EXPECTED[name].split()


@pytest.mark.parametrize("visitor", ["nobody", "ana", "mia"])
def test_django_admin_is_for_admins(visitor, client, people):
    if visitor != "nobody":
        client.force_login(people[visitor])
    for pattern in ADMIN:
        if (
            pattern.name
            and not pattern.pattern.converters
            and pattern.name not in {"login", "logout", "jsi18n"}
        ):
            address = f"/admin/{'' if pattern.name == 'index' else pattern.pattern}"
            assert outcome(client.get(address)) != "in" or client.get(address).status_code in {302, 404}, (
                address
            )


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_the_way_in_is_public(name, client):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["account_change_password", "account_email", "account_logout", "mfa_index", "mfa_activate_totp"],
)
def test_the_rest_of_the_account_pages_is_not(name, client):
    response = client.get(reverse(name))
    assert response.status_code == 302


def test_a_user_who_is_disabled_is_out_at_once(client, people, addresses):
    client.force_login(people["ana"])
    people["ana"].is_active = False
    people["ana"].save()
    assert outcome(client.get(addresses["practice"])) == "login"


def test_an_unsubmitted_assessment_has_no_transcript(client, people):
    running = assessment_session(people["ana"], hiring_team=[people["mia"]], submitted=False)
    client.force_login(people["mia"])
    assert client.get(reverse("transcript", args=[running.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.HIRING_MANAGER, Role.ADMIN])
def test_whoever_sat_an_interview_is_its_candidate_and_not_its_reviewer(role, client, people, addresses):
    """Ana hires for the template by now: of her own interview she has what every candidate has."""
    ana, assessment = people["ana"], InterviewSession.objects.get(mode="assessment")
    ana.role = role
    ana.save()
    assessment.template.hiring_team.add(ana)
    client.force_login(ana)
    closed = [
        "transcript", "grade-answer", "grade-draft", "judge-signal", "scorecard", "confirm-marks", "release",
        "review-lease", "grade-exchange", "appeal", "export-pdf", "undo-grade",
    ]  # fmt: skip
    for name in closed:
        response = client.post(addresses[name]) if name in POSTS else client.get(addresses[name])
        assert response.status_code == 404, name
    assert client.get(addresses["result"]).status_code == 200
    for name in ("inbox", "assessments"):
        assert f"/transcripts/{assessment.pk}/" not in client.get(addresses[name]).content.decode()
    for name in ("export-csv", "export-json"):
        assert str(assessment.pk) not in client.get(addresses[name]).getvalue().decode()
    ((own, cells),) = client.get(addresses["compare"]).context["rows"]
    assert own.is_hidden
    assert all(cell.is_hidden and cell.score is None for cell in cells)
    assert client.get(addresses["compare-groups"]).context["groups"] == []


NUMBERED = [name for name, pattern in OURS.items() if "<int:" in str(pattern.pattern)]


@pytest.mark.parametrize("name", NUMBERED)
def test_a_number_too_large_for_the_database_is_not_there(name, client, people, addresses):
    converters = OURS[name].pattern.converters
    known = {"template_id": InterviewSession.objects.get(mode="assessment").template_id}
    large = {
        key: known.get(key, 10**20) if "int" in type(converter).__name__.lower() else uuid.uuid4()
        for key, converter in converters.items()
    }
    if set(large) == {"template_id"}:
        large["template_id"] = 10**20
    client.force_login(people["ada"])
    sent = {"criterion": str(uuid.uuid4()), "verdict": "met", "reason": "x"}
    address = reverse(name, kwargs=large)
    response = client.post(address, sent) if name in POSTS else client.get(address)
    assert response.status_code in {302, 404}, "sent on to say who one is, or not there"
