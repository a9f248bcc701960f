"""A person in a real browser, from the login to the graded result, on real deployments."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Browser, Page, expect

from interview_site.demo import PASSWORD
from tests.complaints import collect_complaints

pytestmark = [pytest.mark.xdist_group("stacks")]

ANSWERS = [
    "Only one thread runs Python bytecode at a time because of the lock, and it is released during I/O.",
    "It depends: the values are computed lazily, one at a time, and `next` asks for the following one.",
    "I would keep the state in one place, write a test for it and measure before I change anything.",
]


@pytest.fixture(params=["embedded", "production"])
def stack(request, live_stack):
    return live_stack(request.param)


@pytest.fixture(params=[True, False], ids=["javascript", "no-javascript"])
def page(request, browser: Browser):
    context = browser.new_context(java_script_enabled=request.param, locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    problems: list[str] = []
    collect_complaints(page, problems)
    yield page
    context.close()
    assert problems == [], "the browser had something to complain about"


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


def start_practice(page: Page, url: str, count: int = 3) -> None:
    page.goto(f"{url}/practice/")
    page.get_by_label("Number of questions").fill(str(count))
    page.get_by_role("button", name="Prepare the interview").click()
    page.get_by_role("button", name="Start").click()


def wait_for_marks(page: Page) -> None:
    """With JavaScript the page polls; without it, the reader reloads."""
    for _ in range(60):
        if page.locator(".verdict").count() and not page.get_by_text("Being graded").count():
            return
        page.wait_for_timeout(500)
        if page.evaluate("typeof htmx") == "undefined":
            page.reload()
    raise AssertionError("The marks never came.")


def test_sign_in_answer_three_questions_and_read_why_each_got_its_mark(page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url)
    for number, answer in enumerate(ANSWERS, start=1):
        expect(page).to_have_url(re.compile(rf"/{number}/$"))
        page.get_by_label("Your answer").fill(answer)
        page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page).to_have_url(re.compile("/result/$"))
    wait_for_marks(page)
    for answer in ANSWERS:
        expect(page.locator(".answer", has_text=answer[:40]).first).to_be_visible()
    assert page.locator(".criteria li").count() >= 9
    expect(page.get_by_text("Offline grader").first).to_be_visible()
    expect(page.get_by_text("Reference answer").first).to_be_visible()
    page.goto(f"{stack.url}/")
    expect(page.get_by_role("heading", name="Past interviews")).to_be_visible()


def test_a_newcomer_signs_up_and_meets_an_empty_dashboard_that_says_what_to_do(page, stack):
    page.goto(f"{stack.url}/")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Your name").fill("Nora Newcomer")
    page.get_by_label("E-mail").fill(f"nora-{uuid.uuid4().hex[:8]}@example.com")
    page.get_by_label("Password", exact=True).fill("a long made-up phrase")
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello, Nora")
    way_on = page.get_by_role("main").get_by_role("link", name=re.compile("practice", re.IGNORECASE))
    expect(way_on.first).to_be_visible()


def test_skipping_closing_the_browser_and_coming_back_loses_nothing(page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 2)
    page.get_by_label("Your answer").fill("Half a thought that I come back to")
    page.get_by_role("button", name="Skip for now").click()
    expect(page).to_have_url(re.compile("/2/$"))
    interview = page.url.removesuffix("2/")
    page.get_by_label("Your answer").fill("The second one")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page).to_have_url(re.compile("/1/$"))
    page.goto("about:blank")
    page.goto(interview)
    expect(page.get_by_label("Your answer")).to_have_value("Half a thought that I come back to")
    page.goto(f"{interview}finish/")
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page).to_have_url(re.compile("/result/$"))
    expect(page.get_by_text("Half a thought").first).to_be_visible()


def test_a_candidate_without_an_account_gets_from_the_link_to_the_last_answer(page, stack):
    """Max writes a template and invites; the invited person accepts, answers with marks after each, and finishes."""
    address = f"ines-{uuid.uuid4().hex[:8]}@example.com"
    title = f"Platform engineer {uuid.uuid4().hex[:6]}"
    page.goto(f"{stack.url}/accounts/login/?next=/templates/new/")
    page.get_by_label("E-mail").fill("manager@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Question 1").fill("generators")
    page.get_by_label("Draw 1: number").fill("1")
    page.get_by_label("After each answer").check()
    page.get_by_label("What candidates agree to").fill("We keep **your answers** for a year.")
    page.get_by_role("button", name="Draw again").click()
    expect(page.locator("#preview")).to_contain_text("What is a generator")
    page.get_by_role("button", name="Create the template").click()
    page.get_by_role("button", name="Invite", exact=True).click()
    page.get_by_label("Who is invited").fill(f"{address}, Ines Ivarsson, 20")
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_role("textbox", name="Link for Ines Ivarsson").input_value()

    page.context.clear_cookies()
    page.goto(link)
    expect(page).to_have_url(f"{stack.url}/invitation/")
    expect(page.get_by_text("your answers").first).to_be_visible()
    page.get_by_label("A password").fill("a long made-up phrase")
    page.get_by_label("I have read this and agree to it").check()
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_text("54 minutes").first).to_be_visible()
    page.get_by_role("button", name="Start").click()
    for number in (1, 2):
        expect(page).to_have_url(re.compile(rf"/{number}/$"))
        page.get_by_label("Your answer").fill(ANSWERS[number])
        page.get_by_role("button", name=re.compile("^Submit")).click()
        if number == 1:
            expect(page).to_have_url(re.compile("/1/feedback/$"))
            wait_for_marks(page)
            page.get_by_role("button", name="Next question").click()
    expect(page).to_have_url(re.compile("/result/$"))

    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_text("You have accepted this invitation.")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill("a long made-up phrase")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/result/$"))
