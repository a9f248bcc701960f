"""The hiring side in a real browser: invite, read blind, override, release; an appeal that a second person decides."""

from __future__ import annotations

import re
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from interview_site.demo import PASSWORD
from tests.complaints import collect_complaints
from tests.test_supervisor import wait_for

pytestmark = [pytest.mark.xdist_group("stacks")]

# Two managers, and a template that is read blind first: two questions.
SCENE = """
from allauth.account.models import EmailAddress
from interview_site.accounts.models import User
from questions.models import QuestionVersion
from sessions.models import InterviewTemplate
tag = "{tag}"
team = []
for name in ("first", "second"):
    email = f"{{name}}-{{tag}}@example.com"
    team.append(User.objects.create_user(email, "{password}", name=f"{{name.title()}} {{tag}}", role="hiring_manager"))
    EmailAddress.objects.create(user=team[-1], email=email, verified=True, primary=True)
template = InterviewTemplate.objects.create(
    title=f"Journey {{tag}}", blind_first=True, appeal_days=7, notice="We keep **your answers** for a year."
)
template.hiring_team.set(team)
for slug in ("is-versus-equals", "generators"):
    version = QuestionVersion.objects.get(question__slug=slug, status="ready")
    template.fixed_questions.create(question=version.question)
print(template.pk)
"""


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def people(request, browser: Browser):
    """A browser of one's own for each of the three; nothing in them may go wrong on the way."""
    problems: list[str] = []
    contexts: dict[str, BrowserContext] = {}

    def page_of(name: str) -> Page:
        if name not in contexts:
            contexts[name] = browser.new_context(
                java_script_enabled=request.param, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
            )
            page = contexts[name].new_page()
            collect_complaints(page, problems)
        return contexts[name].pages[0]

    page_of.has_javascript = request.param  # type: ignore[attr-defined]
    yield page_of
    for context in contexts.values():
        context.close()
    assert problems == []


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)


def check(page: Page, people) -> None:
    """Axe finds nothing on this page (it needs JavaScript to look)."""
    if people.has_javascript:
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def wait_for_grades(stack, session_id: str) -> None:
    """Of both answers."""
    query = """
        SELECT grade.id FROM grading_grade grade JOIN interview_sessions_answer answer ON answer.id = grade.answer_id
        WHERE answer.interview_session_id = ?
    """
    wait_for(lambda: len(stack.rows(query, uuid.UUID(session_id))) == 2, 60)


def test_from_the_invitation_to_the_second_persons_decision(people, live_stack):
    stack = live_stack("embedded")
    tag = uuid.uuid4().hex[:6]
    printed = stack.manage("shell", "-v0", "-c", SCENE.format(tag=tag, password=PASSWORD))
    template_id = printed.strip().splitlines()[-1]

    # The first manager invites somebody who has no account.
    first = people("first")
    sign_in(first, stack.url, f"first-{tag}@example.com")
    first.goto(f"{stack.url}/templates/{template_id}/invite/")
    first.get_by_label("Who is invited").fill(f"candidate-{tag}@example.com, Candidate {tag}")
    first.get_by_role("button", name="Invite").click()
    link = first.get_by_role("textbox", name=f"Link for Candidate {tag}").input_value()

    # They come by the link, agree, answer the first question, leave the second, and may say who they are.
    candidate = people("candidate")
    candidate.goto(link)
    candidate.get_by_label("A password").fill("a long made-up phrase")
    candidate.get_by_label("I have read this and agree to it").check()
    candidate.get_by_role("button", name="Accept the invitation").click()
    candidate.get_by_role("button", name="Start").click()
    candidate.get_by_label("Your answer").fill("Double equals compares the values.")
    candidate.get_by_role("button", name=re.compile("^Submit")).click()
    expect(candidate).to_have_url(re.compile("/2/$"))
    session_id = candidate.url.split("/")[-3]
    candidate.goto(f"{stack.url}/interviews/{session_id}/finish/")
    candidate.get_by_role("button", name="Finish interview").click()
    expect(candidate).to_have_url(re.compile("/result/$"))
    expect(candidate.locator("mark, .score")).to_have_count(0)
    check(candidate, people)
    candidate.goto(f"{stack.url}/interviews/{session_id}/about-me/")
    check(candidate, people)
    wait_for_grades(stack, session_id)

    # The first manager reads blind: the answer is there, the machine's view is not.
    first.goto(f"{stack.url}/inbox/")
    check(first, people)
    first.get_by_role("link", name=f"Candidate {tag}").click()
    expect(first.get_by_text("Double equals compares the values.")).to_be_visible()
    expect(first.get_by_text("blind first", exact=True)).to_be_visible()
    expect(first.locator("mark, .score, .by")).to_have_count(0)
    check(first, people)

    # They judge every criterion (with JavaScript by the keyboard alone), and their verdicts open the answer.
    first.get_by_role("button", name=re.compile("Grade by hand ?, question 1")).click()
    expect(first.get_by_role("button", name="Submit my grade")).to_be_visible()
    first.wait_for_load_state()
    expect(first.locator(".criterion .verdict")).to_have_count(0)
    groups = first.locator("fieldset[data-criterion]:visible")
    number = groups.count()
    assert number > 2
    if people.has_javascript:
        for _ in range(number):
            first.keyboard.press("j")
            first.keyboard.press("3")
        first.keyboard.press("k")
        first.keyboard.press("1")
        expect(groups.nth(number - 2).get_by_role("radio", name=re.compile("^met"))).to_be_checked()
        first.keyboard.press("3")
        expect(first.get_by_text("Draft saved at")).to_be_visible()
        # The next answer at once, before the autosave has begun (its clock stands): the verdict is kept all the same.
        elsewhere = first.context.browser.new_context(storage_state=first.context.storage_state())
        hasty = elsewhere.new_page()
        hasty.clock.install()
        hasty.goto(first.url)
        hasty.clock.pause_at("2100-01-01")
        for key in [*"j" * (number - 1), "2", "n"]:
            hasty.keyboard.press(key)
        expect(hasty).to_have_url(re.compile("/2/$"))
        elsewhere.close()
        first.reload()
        expect(groups.nth(number - 2).get_by_role("radio", name=re.compile("^partly met"))).to_be_checked()
        groups.nth(number - 2).get_by_role("radio", name=re.compile("^not met")).check()
        expect(first.get_by_text("Draft saved at")).to_be_visible()
    else:
        for index in range(number):
            groups.nth(index).get_by_role("radio", name=re.compile("^not met")).check()
    check(first, people)
    first.get_by_role("button", name="Submit my grade").click()
    expect(first.get_by_text("Your grade for question 1 is in.")).to_be_visible()
    expect(first).to_have_url(re.compile("/2/$"))

    # The scorecard opens the rest; they override the machine on question 2 and release.
    first.goto(f"{stack.url}/transcripts/{session_id}/")
    first.get_by_role("radio", name="No", exact=True).check()
    first.get_by_label("Notes for the hiring team").fill("NOTES-STAY-HERE")
    first.get_by_label("Message to the candidate").fill("Thank you for your time.")
    first.get_by_role("button", name="Submit scorecard").click()
    expect(first.get_by_text("Your scorecard is in.")).to_be_visible()
    expect(first.locator("#score-summary")).to_be_visible()
    first.get_by_role("button", name=re.compile("Confirm this mark of question 2")).click()
    expect(first.get_by_text("You stand for 1 mark now.")).to_be_visible()
    first.get_by_role("button", name="Release the result").click()
    expect(first.get_by_text("Released:")).to_be_visible()
    check(first, people)

    # The candidate reads marks and message, not the notes, and contests the first criterion.
    candidate.goto(f"{stack.url}/interviews/{session_id}/result/")
    expect(candidate.get_by_text("Thank you for your time.")).to_be_visible()
    expect(candidate.get_by_text("NOTES-STAY-HERE")).to_have_count(0)
    check(candidate, people)
    candidate.get_by_role(
        "link", name=re.compile("Contest this verdict on criterion 1 of question 1")
    ).click()
    candidate.get_by_label("Why should it be judged differently?").fill(
        "I wrote that it compares the values."
    )
    check(candidate, people)
    candidate.get_by_role("button", name="Send the appeal").click()
    expect(candidate.get_by_text("Your appeal is in.")).to_be_visible()
    assert f"/transcripts/{session_id}/" not in candidate.content()

    # Whoever gave the mark is offered no decision; the second manager decides.
    first.goto(f"{stack.url}/transcripts/{session_id}/")
    first.get_by_role("link", name="See the appeal").click()
    expect(first.get_by_text("somebody else has to decide")).to_be_visible()
    second = people("second")
    sign_in(second, stack.url, f"second-{tag}@example.com")
    second.goto(f"{stack.url}/inbox/?reason=appeal")
    second.get_by_role("link", name=f"Candidate {tag}").click()
    second.get_by_role("link", name="See the appeal").click()
    expect(second.get_by_text("I wrote that it compares the values.")).to_be_visible()
    second.get_by_role("radio", name="met", exact=True).check()
    second.get_by_label("Why").fill("It does say so.")
    check(second, people)
    second.get_by_role("button", name="Decide").click()
    expect(second.get_by_text("The mark was changed")).to_be_visible()

    # Outcome and reason reach the candidate.
    candidate.reload()
    expect(candidate.get_by_text("The mark was changed: It does say so.")).to_be_visible()


# What the demo data shows; the ids are found on the way.
IDS = """
from grading.models_review import Appeal
from grading.models import Grade, Rubric
from sessions.models import InterviewSession
one = InterviewSession.objects.filter(mode="assessment", status="submitted", template__title__startswith="Backend")
one = one.order_by("submitted_at").first()
question = one.template.fixed_questions.first().question_id
rubric = Rubric.objects.get(question_version__question=question, status="published")
grade = Grade.objects.filter(answer__interview_session=one).first()
print(one.pk, one.template_id, question, Appeal.objects.first().pk, one.candidate_id, rubric.pk, grade.pk)
"""
# An interview without a scorecard, for the test that writes one in two windows.
UNREAD = """
from grading.models_review import Review
from sessions.models import InterviewSession
read = Review.objects.submitted().values("interview_session")
print(InterviewSession.objects.filter(mode="assessment", status="submitted").exclude(pk__in=read).first().pk)
"""
PAGES = (
    "assessments/",
    "inbox/",
    "inbox/?reason=appeal",
    "transcripts/{session}/",
    "transcripts/{session}/1/",
    "appeals/{appeal}/",
    "compare/{template}/",
    "compare/{template}/questions/{question}/",
    "compare/{template}/questions/{question}/groups/",
    "agreement/{template}/",
    "agreement/{template}/answers/",
    "regrade/{template}/",
    "regrade/{template}/{rubric}/",
    "grades/{grade}/exchange/",
    "api-tokens/",
    "people/{candidate}/",
)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser: Browser, live_stack, scheme, width):
    stack = live_stack("embedded")
    found = stack.manage("shell", "-v0", "-c", IDS).split()[-7:]
    names = ("session", "template", "question", "appeal", "candidate", "rubric", "grade")
    ids = dict(zip(names, found, strict=True))
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, stack.url, "admin@example.com")
    problems = []
    collect_complaints(page, problems)
    for pattern in PAGES:
        response = page.goto(f"{stack.url}/{pattern.format(**ids)}")
        assert response.status == 200, pattern
        violations = Axe().run(page).response["violations"]
        problems += [(pattern, one["id"], one["nodes"][0]["html"]) for one in violations]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append((pattern, "wider than the window"))
    context.close()
    assert problems == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_pages_that_say_no(browser: Browser, live_stack, scheme, width):
    """Two windows of one reviewer, a form with something missing, an address that is not there."""
    stack = live_stack("embedded")
    session_id = stack.manage("shell", "-v0", "-c", IDS).split()[-7]
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=True,
    )
    page, other = context.new_page(), context.new_page()
    sign_in(page, stack.url, "admin@example.com")
    transcript = f"{stack.url}/transcripts/{session_id}/"
    problems = []

    def look(shows: str) -> None:
        expect(page.get_by_role("main").get_by_text(shows).first).to_be_visible()
        violations = Axe().run(page).response["violations"]
        problems.extend((shows, one["id"], one["nodes"][0]["html"]) for one in violations)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append((shows, "wider than the window"))

    page.goto(f"{stack.url}/transcripts/{uuid.uuid4()}/")
    look("There is nothing here")
    # Grading: what is missing, and a draft that the other window has changed.
    page.goto(f"{transcript}2/")
    reason = page.get_by_label("Reason for criterion 1", exact=True)
    page.get_by_role("radio", name=re.compile("^met")).first.check()
    reason.fill("")
    page.get_by_role("button", name="Submit my grade").click()
    look("Something is missing below.")
    page.goto(f"{transcript}2/")
    other.goto(f"{transcript}2/")
    other.get_by_label("Reason for criterion 1", exact=True).fill(f"Written elsewhere, {width} {scheme}")
    other.get_by_role("button", name="Save draft").click()
    expect(other.get_by_text("Draft saved.")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    look(f"Written elsewhere, {width} {scheme}")
    # The scorecard in two windows.
    transcript = f"{stack.url}/transcripts/{stack.manage('shell', '-v0', '-c', UNREAD).split()[-1]}/"
    for window in (page, other):
        window.goto(transcript)
    other.get_by_label("Notes for the hiring team").fill(f"Noted elsewhere, {width} {scheme}")
    other.get_by_role("button", name="Save draft").click()
    expect(other.get_by_text("Draft saved.")).to_be_visible()
    page.get_by_label("Notes for the hiring team").fill("Noted here")
    page.get_by_role("button", name="Save draft").click()
    look("Your scorecard was changed in another window")
    look(f"Noted elsewhere, {width} {scheme}")
    context.close()
    assert problems == []
