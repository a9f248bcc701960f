"""The API: a token reads what its owner may read; every answer is what the OpenAPI document promises."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grading.outgoing.openapi import SCHEMAS, document
from grading.review.appeals import contestable, open_appeal
from grading.review.releasing import release
from grading.review.scorecards import Card, submit
from interview_site.accounts.models import Role
from interview_site.integrations.models import ApiToken, hash_of
from sessions.models import InterviewSession
from tests.factories import UserFactory, answer_at, practice_session
from tests.grading.review.conftest import GOOD, sat
from tests.grading.review.test_human_grading import by_hand

pytestmark = pytest.mark.django_db

KINDS = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def complaints(value, schema, at="$"):
    """What of value the schema forbids: the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if value is None:
        return [] if "null" in kinds else [f"{at} is null"]
    kind = next(kind for kind in kinds if kind != "null")
    if not isinstance(value, KINDS[kind]) or (kind in {"integer", "number"} and isinstance(value, bool)):
        return [f"{at} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at} is {value}"]
    if kind == "array":
        return [c for n, item in enumerate(value) for c in complaints(item, schema["items"], f"{at}[{n}]")]
    if kind == "object":
        missing = [f"{at}.{name} is missing" for name in schema["required"] if name not in value]
        extra = [f"{at}.{name} is not in the document" for name in value if name not in schema["properties"]]
        inner = [
            c
            for name, part in schema["properties"].items()
            if name in value
            for c in complaints(value[name], part, f"{at}.{name}")
        ]
        return [*missing, *extra, *inner]
    return []


@pytest.fixture
def mia():
    return UserFactory.create(name="Mia", role=Role.HIRING_MANAGER)


@pytest.fixture
def ask(client, mia):
    """Asks with Mia's token, without a cookie."""
    ApiToken.objects.create(owner=mia, name="ATS", secret_hash=hash_of("mb_secret"))

    def get(name, *args, token="mb_secret", **query):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.get(reverse(name, args=args), query, headers=headers)

    return get


@pytest.fixture
def assessment(mia):
    """With everything that a record can hold: grades by machine and person, a scorecard, an appeal."""
    interview_session = sat(UserFactory.create(name="Ana"), [mia], appeal_days=7)
    answer = answer_at(interview_session, 1)
    by_hand(answer, mia, "met", "unmet")
    submit(interview_session, mia, Card("yes", "notes", "message"), 0, timezone.now())
    release(interview_session, mia, timezone.now())
    open_appeal(answer, contestable(answer).last(), "Please look again.", timezone.now())
    return interview_session


def test_one_interview_is_what_the_document_promises(ask, assessment):
    content = ask("api-interview", assessment.pk).json()
    assert complaints(content, SCHEMAS["Interview"]) == []
    assert content["answers"][0]["text"] == GOOD
    assert [grade["grader"] for grade in content["answers"][0]["grades"]] == ["human", "keyword"]
    assert content["answers"][0]["appeals"][0]["state"] == "open"


@pytest.mark.parametrize(
    ("name", "schema"), [("api-interviews", "InterviewPage"), ("api-templates", "TemplatePage")]
)
def test_lists_are_what_the_document_promises(ask, assessment, name, schema):
    content = ask(name).json()
    assert complaints(content, SCHEMAS[schema]) == []
    assert len(content["items"]) == 1


def test_the_document_names_every_address_and_nothing_else(client):
    content = client.get(reverse("openapi")).json()
    addresses = {
        reverse("api-templates"),
        reverse("api-interviews"),
        re.sub("0{8}-.*/$", "{id}/", reverse("api-interview", args=["00000000-0000-0000-0000-000000000000"])),
    }
    assert set(content["paths"]) == addresses
    assert content == json.loads(json.dumps(document("http://testserver")))
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(content)))
    assert named <= set(content["components"]["schemas"])


@pytest.mark.parametrize("token", ["", "mb_wrong", "mb_secret extra"])
def test_without_a_token_that_counts_nothing_is_said(ask, assessment, token):
    response = ask("api-interviews", token=token)
    assert response.status_code == 401
    assert complaints(response.json(), SCHEMAS["Error"]) == []


def test_a_cookie_opens_nothing_here(client, mia, assessment):
    client.force_login(mia)
    assert client.get(reverse("api-interviews")).status_code == 401


@pytest.mark.parametrize("change", ["revoked", "disabled", "demoted"])
def test_a_token_ends_with_its_revocation_its_owner_and_the_owners_role(ask, assessment, mia, change):
    assert ask("api-interviews").status_code == 200
    if change == "revoked":
        ApiToken.objects.update(revoked_at=timezone.now())
    elif change == "disabled":
        mia.is_active = False
    else:
        mia.role = Role.CANDIDATE
    mia.save()
    assert ask("api-interviews").status_code == 401


def test_practice_unfinished_and_other_teams_interviews_do_not_exist(ask, assessment):
    ned = UserFactory.create(name="Ned", role=Role.HIRING_MANAGER)
    others = [sat(UserFactory.create(), [ned]), practice_session(UserFactory.create())]
    assert [one["id"] for one in ask("api-interviews").json()["items"]] == [str(assessment.pk)]
    assert [ask("api-interview", one.pk).status_code for one in others] == [404, 404]


def test_blind_first_holds_for_programs_too(ask, mia):
    hidden = sat(UserFactory.create(), [mia], blind_first=True)
    content = ask("api-interview", hidden.pk).json()
    assert complaints(content, SCHEMAS["Interview"]) == []
    assert (content["marks_hidden"], content["score"]) == (True, None)
    assert content["answers"][0]["grades"] == []


def test_filters(ask, assessment):
    def count(**query):
        return ask("api-interviews", **query).json()["count"]

    assert count(template=assessment.template_id) == 1
    assert count(template=10**9) == 0
    submitted = InterviewSession.objects.get(pk=assessment.pk).submitted_at
    assert count(submitted_after=submitted.isoformat()) == 0
    assert count(submitted_after="2020-01-01T00:00:00Z") == 1
    assert ask("api-interviews", page="x").status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"template": "x"}, {"template": "9" * 30}, {"submitted_after": "yesterday"}, {"submitted_after": "2026-13-45"}],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_said_to_be_so(ask, query):
    response = ask("api-interviews", **query)
    assert response.status_code == 400
    assert complaints(response.json(), SCHEMAS["Error"]) == []


@pytest.mark.parametrize("name", ["api-templates", "api-interviews"])
def test_it_only_reads(client, ask, name):
    headers = {"Authorization": "Bearer mb_secret"}
    assert client.post(reverse(name), headers=headers).status_code == 405


def test_a_new_token_is_shown_once_and_kept_as_a_hash(client, mia):
    client.force_login(mia)
    page = client.post(reverse("api-tokens"), {"name": "For the ATS"}).content.decode()
    secret = re.search(r'value="(mb_[\w-]{43})"', page)[1]
    row = ApiToken.objects.get()
    assert row.secret_hash == hash_of(secret)
    assert secret not in client.get(reverse("api-tokens")).content.decode()
    assert (
        client.get(reverse("api-templates"), headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    )
    client.post(reverse("api-token-revoke", args=[row.pk]))
    assert (
        client.get(reverse("api-templates"), headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    )


@pytest.mark.parametrize("address", ["/api/", "/api/v1/nothing/", "/api/v1/interviews/nobody/"])
def test_what_is_not_there_is_said_in_json(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "openapi.json" in response.json()["error"]


def test_a_slash_that_was_left_out_is_added(client):
    assert client.get("/api/v1/interviews?page=2")["Location"] == "/api/v1/interviews/?page=2"


def test_writing_is_refused_in_json():
    response = Client(enforce_csrf_checks=True).post("/api/v1/templates/", {})
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert "only reads" in response.json()["error"]
