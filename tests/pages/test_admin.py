"""Django admin: what is published is shown and never edited; an edit makes the next version."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from grading.models import GradingJob
from grading.models_exchange import Exchange
from grading.submission import submit_session
from grading.worker import Worker
from interview_site.accounts.models import User
from questions.models import Question, QuestionVersion
from questions.publishing import add_version, publish
from sessions.states import EndedBy
from tests.factories import (
    QuestionVersionFactory,
    TopicFactory,
    UserFactory,
    assessment_session,
    practice_session,
    ready_questions,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ada")]


def version_form(version, **changes):
    fields = ("prompt", "reference_answer", "difficulty", "explanation", "grader_note")
    return {**{name: getattr(version, name) for name in fields}, "tags": "a, b", **changes}


def test_a_ready_version_is_shown_and_its_next_version_can_be_made_edited_and_published(client):
    (version,) = ready_questions(1)
    address = reverse("admin:questions_questionversion_change", args=[version.pk])
    page = client.get(address).content.decode()
    assert "never changes" in page
    assert 'name="_save"' not in page
    assert client.post(address, version_form(version, prompt="Changed?")).status_code == 403

    response = client.post(reverse("admin:questions_questionversion_next", args=[version.pk]))
    draft = QuestionVersion.objects.get(question=version.question, number=2)
    assert response.url == reverse("admin:questions_questionversion_change", args=[draft.pk])
    response = client.post(response.url, version_form(draft, prompt="What is it, really?"))
    assert response.status_code == 302
    client.post(reverse("admin:questions_questionversion_publish", args=[draft.pk]))
    version.refresh_from_db()
    draft.refresh_from_db()
    assert (draft.status, draft.prompt, draft.tags, version.status) == (
        "ready",
        "What is it, really?",
        ["a", "b"],
        "retired",
    )


@pytest.mark.parametrize("kind", ["questions_questionversion", "grading_rubric"])
def test_the_next_version_asked_for_again_opens_the_draft_that_was_begun(client, kind):
    (version,) = ready_questions(1)
    published = {"questions_questionversion": version, "grading_rubric": version.rubrics.get()}[kind]
    first, again = (client.post(reverse(f"admin:{kind}_next", args=[published.pk])) for _ in range(2))
    assert again.url == first.url
    page = client.get(again.url).content.decode()
    assert "Version 2 is a draft: edit it, then publish it." in page


def test_a_draft_of_an_older_text_does_not_become_the_next_version(client):
    """It would take the newer text back."""
    (version,) = ready_questions(1)
    add_version(version.question, {"prompt": "Older?", "reference_answer": "Yes."})
    newest = add_version(version.question, {"prompt": "Newer?", "reference_answer": "Yes."})
    publish(newest)
    client.post(reverse("admin:questions_questionversion_next", args=[newest.pk]))
    assert QuestionVersion.objects.get(number=4).prompt == "Newer?"


def test_a_new_version_is_numbered_after_those_that_are_there(client):
    version = QuestionVersionFactory.create()
    form = version_form(version, question=version.question_id, prompt="Anew?")
    assert client.post(reverse("admin:questions_questionversion_add"), form).status_code == 302
    assert QuestionVersion.objects.get(prompt="Anew?").number == 2


def test_the_preview_shows_what_candidates_will_see(client):
    response = client.post(reverse("admin:markdown_preview"), {"markdown": "**bold** <script>x</script>"})
    assert response.content.decode() == "<p><strong>bold</strong> &lt;script&gt;x&lt;/script&gt;</p>\n"


def test_questions_are_found_published_and_retired_from_the_list(client):
    (version,) = ready_questions(1)
    address = reverse("admin:questions_question_changelist")
    assert version.question.slug in client.get(address, {"q": "generator"}).content.decode()
    for action, status in (("retire_ready", "retired"), ("publish_newest", "ready")):
        client.post(address, {"action": action, "_selected_action": [version.question_id]})
        version.refresh_from_db()
        assert version.status == status


def test_dead_jobs_can_be_tried_again(client):
    interview_session = practice_session(UserFactory.create(), 1)
    submit_session(interview_session, EndedBy.CANDIDATE, interview_session.started_at)
    GradingJob.objects.update(state="dead", attempts=3)
    job = GradingJob.objects.get()
    client.post(
        reverse("admin:grading_gradingjob_changelist"), {"action": "try_again", "_selected_action": [job.pk]}
    )
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)


def test_practice_and_its_marks_are_not_shown_to_admins_who_may_be_on_a_hiring_team(client, ada):
    practice = practice_session(UserFactory.create(), 1)
    submit_session(practice, EndedBy.CANDIDATE, practice.started_at)
    assessment = assessment_session(UserFactory.create(), hiring_team=[ada], count=1)
    Worker().drain()
    for kind, shown, hidden in (
        ("interview_sessions_interviewsession", assessment, practice),
        ("grading_grade", assessment.answers.get().grades.get(), practice.answers.get().grades.get()),
    ):
        listed = client.get(reverse(f"admin:{kind}_changelist")).context["cl"].result_list
        assert [one.pk for one in listed] == [shown.pk]
        answers = [client.get(reverse(f"admin:{kind}_change", args=[one.pk])) for one in (shown, hidden)]
        # Of what it does not have, Django admin leads back to its first page.
        assert [answer.status_code for answer in answers] == [200, 302]


@pytest.mark.parametrize("is_graded", [True, False])
def test_nor_is_what_a_model_was_asked_about_practice(client, ada, is_graded):
    practice = practice_session(UserFactory.create(), 1)
    submit_session(practice, EndedBy.CANDIDATE, practice.started_at)
    assessment = assessment_session(UserFactory.create(), hiring_team=[ada], count=1)
    Worker().drain()
    shown, _ = [
        Exchange.objects.create(
            attempt=1, position=1, purpose="first", endpoint="", model="", prompt_version="", request_hash="",
            **{"grade": answer.grades.get()} if is_graded else {"job": answer.grading_jobs.get()},
        )
        for answer in (assessment.answers.get(), practice.answers.get())
    ]  # fmt: skip
    listed = client.get(reverse("admin:grading_exchange_changelist")).context["cl"].result_list
    assert [one.pk for one in listed] == [shown.pk]


def test_the_role_decides_who_may_enter(client):
    form = {
        "email": "New@Example.com",
        "name": "New",
        "role": "admin",
        "usable_password": "true",
        "password1": "a made-up passphrase",
        "password2": "a made-up passphrase",
    }
    assert client.post(reverse("admin:accounts_user_add"), form).status_code == 302
    user = User.objects.get(name="New")
    assert (user.email, user.is_staff, user.is_superuser) == ("new@example.com", True, True)


def test_an_address_that_is_taken_in_other_capitals_is_refused_in_a_sentence(client):
    UserFactory.create(email="ana@example.com")
    form = {"email": "ANA@example.com", "name": "New", "role": "candidate", "usable_password": "false"}
    response = client.post(reverse("admin:accounts_user_add"), form)
    assert "There is an account with this e-mail address" in " ".join(errors_of(response).values())


@pytest.mark.parametrize(
    "name",
    [
        "interview_sessions_interviewtemplate",
        "interview_sessions_invitation",
        "questions_question",
        "questions_topic",
    ],
)
def test_every_form_to_add_something_opens(client, name):
    assert client.get(reverse(f"admin:{name}_add")).status_code == 200


@pytest.mark.parametrize("above", ["itself", "its child"])
def test_a_topic_cannot_stand_below_itself(client, above):
    topic = TopicFactory.create(title="Top")
    child = TopicFactory.create(title="Child", parent=topic)
    parent = topic if above == "itself" else child
    address = reverse("admin:questions_topic_change", args=[topic.pk])
    page = client.post(address, {"title": "Top", "parent": parent.pk, "position": 1}).content.decode()
    assert "below itself" in page or "two deep" in page
    topic.refresh_from_db()
    assert topic.parent is None


def test_a_changed_address_is_the_only_one_that_signs_in(client, ada):
    bob = UserFactory.create(name="Bob")
    EmailAddress.objects.create(user=bob, email=bob.email, verified=True, primary=True)
    form = {"email": "robert@example.com", "name": "Bob", "role": "candidate", "is_active": "on"}
    client.post(reverse("admin:accounts_user_change", args=[bob.pk]), form)
    assert list(EmailAddress.objects.filter(user=bob).values_list("email", flat=True)) == [
        "robert@example.com"
    ]


def test_line_ends_of_browsers_do_not_get_into_the_bank(client):
    version = QuestionVersionFactory.create()
    form = version_form(
        version, question=version.question_id, prompt="One\r\n\r\nmore", reference_answer="a\r\nb"
    )
    client.post(reverse("admin:questions_questionversion_add"), form)
    new = QuestionVersion.objects.get(number=2)
    assert (new.prompt, new.reference_answer) == ("One\n\nmore", "a\nb")


def errors_of(response):
    """By field: what the page of a form says is wrong."""
    form = response.context["adminform"].form
    return {name: " ".join(errors) for name, errors in form.errors.items()}


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("prompt", "One?\nand more", "first line is the question"),
        ("prompt", "Q\n\n# Title", "Line 3"),
        ("reference_answer", "Yes.\n\n## Part\n\nMore.", "Line 3"),
        ("reference_answer", "```\nopen", "never closed"),
        ("explanation", "**Rubric:**", "section"),
        ("grader_note", "#### Q: Two?\n\n**Answer:**", "heading"),
        ("tags", "a; b", "semicolon"),
    ],
)
def test_what_the_bank_format_cannot_hold_is_refused_where_it_is_typed(client, field, typed, says):
    version = QuestionVersionFactory.create()
    form = version_form(version, question=version.question_id, **{field: typed})
    response = client.post(reverse("admin:questions_questionversion_add"), form)
    assert says in errors_of(response)[field]
    assert QuestionVersion.objects.count() == 1


@pytest.mark.parametrize("slug", ["My-Slug", "my_slug", "a--b"])
def test_a_slug_is_one_that_the_bank_format_takes(client, slug):
    form = {"slug": slug, "topic": TopicFactory.create().pk, "position": 1}
    form |= {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    response = client.post(reverse("admin:questions_question_add"), form)
    assert "small letters" in errors_of(response)["slug"]


@pytest.mark.parametrize("title", ["Q: Topic", "Ends with #"])
def test_the_title_of_a_topic_is_one_that_the_bank_format_takes(client, title):
    response = client.post(reverse("admin:questions_topic_add"), {"title": title, "position": 1})
    assert "title of a topic" in errors_of(response)["title"]


@pytest.mark.parametrize("below", [True, False])
def test_a_second_topic_with_the_same_title_is_refused_in_a_sentence(client, below):
    parent = TopicFactory.create() if below else None
    TopicFactory.create(title="Twin", parent=parent)
    form = {"title": "Twin", "position": 1, "parent": parent.pk if parent else ""}
    response = client.post(reverse("admin:questions_topic_add"), form)
    assert "There is a topic with this title" in errors_of(response)["__all__"]


@pytest.mark.parametrize("is_new", [True, False])
def test_topics_nest_two_deep_whether_new_or_moved(client, is_new):
    middle = TopicFactory.create(parent=TopicFactory.create())
    form = {"title": "Third", "parent": middle.pk, "position": 1}
    address = (
        reverse("admin:questions_topic_add")
        if is_new
        else reverse("admin:questions_topic_change", args=[TopicFactory.create().pk])
    )
    assert "two deep" in errors_of(client.post(address, form))["parent"]


def test_a_topic_with_topics_below_it_stays_at_the_top(client):
    top, other = TopicFactory.create(), TopicFactory.create()
    TopicFactory.create(parent=top)
    form = {"title": "Top", "parent": other.pk, "position": 1}
    response = client.post(reverse("admin:questions_topic_change", args=[top.pk]), form)
    assert "two deep" in errors_of(response)["parent"]


def test_what_was_typed_into_a_draft_is_saved_before_it_is_published(client):
    draft = QuestionVersionFactory.create(status="draft")
    address = reverse("admin:questions_questionversion_change", args=[draft.pk])
    client.post(address, version_form(draft, prompt="Typed?", _publish="1"))
    draft.refresh_from_db()
    assert (draft.status, draft.prompt) == ("ready", "Typed?")


def questions_below(*topics):
    """A question in each topic, whose slugs are the topics' titles."""
    for topic in topics:
        QuestionVersionFactory.create(question__topic=topic, question__slug=topic.title)


@pytest.fixture
def tree():
    """Topics whose positions count anew below each parent, as an import makes them."""
    python, django = (
        TopicFactory.create(title=title, position=n) for n, title in enumerate(["python", "django"])
    )
    core = TopicFactory.create(title="core", parent=python, position=1)
    orm = TopicFactory.create(title="orm", parent=django, position=1)
    questions_below(orm, core, django, python)
    return python


def listed(client, **filters):
    response = client.get(reverse("admin:questions_question_changelist"), filters)
    return [question.slug for question in response.context["cl"].result_list]


def test_questions_and_topics_are_listed_as_they_stand_in_the_bank(client, tree):
    assert listed(client) == ["python", "core", "django", "orm"]
    topics = client.get(reverse("admin:questions_topic_changelist")).context["cl"].result_list
    assert [topic.title for topic in topics] == ["python", "core", "django", "orm"]


def test_a_topic_finds_the_questions_of_the_topics_below_it(client, tree):
    assert listed(client, topic=tree.pk) == ["python", "core"]
    for nonsense in ("nonsense", "9" * 30, "²"):
        assert listed(client, topic=nonsense) == ["python", "core", "django", "orm"]


def test_a_question_is_found_by_its_newest_version_and_says_which_one_is_asked(client):
    version = QuestionVersionFactory.create(question__slug="two-versions")
    QuestionVersionFactory.create(question=version.question, number=2, status="draft", difficulty="hard")
    assert listed(client, status="draft", difficulty="hard") == ["two-versions"]
    assert listed(client, status="ready") == []
    page = client.get(reverse("admin:questions_question_changelist")).content.decode()
    assert "Draft; version 1 is asked" in page


def test_after_a_new_question_comes_its_first_version(client):
    form = {"slug": "brand-new", "topic": TopicFactory.create().pk, "position": 1}
    form |= {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    response = client.post(reverse("admin:questions_question_add"), form)
    question = Question.objects.get(slug="brand-new")
    assert response.url == f"{reverse('admin:questions_questionversion_add')}?question={question.pk}"
    assert "brand-new" in client.get(response.url).content.decode()
