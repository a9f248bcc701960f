"""What the browser's own code adds: drafts that save themselves, facts, and pages without a complaint."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from interview_site.demo import PASSWORD
from tests.test_journeys import sign_in, start_practice

pytestmark = [pytest.mark.xdist_group("stacks")]


@pytest.fixture
def stack(live_stack):
    return live_stack("embedded")


def test_a_draft_saves_itself_and_survives_the_loss_of_the_tab(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    page.get_by_label("Your answer").press_sequentially("These words were never submitted")
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=10_000)
    address = page.url
    page.close()
    again = page.context.new_page()
    again.goto(address)
    expect(again.get_by_label("Your answer")).to_have_value("These words were never submitted")


def test_an_older_window_is_told_and_overwrites_nothing(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Your answer").press_sequentially("The newer text")
    expect(other.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=10_000)
    page.get_by_label("Your answer").press_sequentially("The older text")
    expect(page.locator("#draft-status")).to_contain_text("another window", timeout=10_000)
    other.reload()
    expect(other.get_by_label("Your answer")).to_have_value("The newer text")


def test_a_window_whose_interview_was_discarded_in_another_says_so_and_keeps_the_text(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    other = page.context.new_page()
    other.goto(page.url.rsplit("/", 2)[0] + "/finish/")
    other.get_by_role("button", name="Discard interview").click()
    expect(other.get_by_text("The interview is discarded.")).to_be_visible()
    page.get_by_label("Your answer").press_sequentially("Words for nothing")
    expect(page.locator("#draft-status")).to_contain_text("discarded in another window", timeout=10_000)
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.get_by_text("is not there any more")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("Words for nothing")


def test_the_next_question_comes_without_a_whole_page(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 2)
    page.evaluate("window.stillHere = true")
    page.get_by_label("Your answer").fill("The first one")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page).to_have_url(re.compile("/2/$"))
    assert page.evaluate("window.stillHere") is True
    expect(page.get_by_label("Your answer")).to_have_value("")


def test_a_time_that_runs_out_hands_in_what_was_typed(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    session_id = timed_practice(page, stack.url)
    page.get_by_label("Your answer").press_sequentially("Typed before the end")
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=10_000)
    let_time_run_out(stack, session_id)
    page.reload()
    expect(page).to_have_url(re.compile("/result/$"))
    expect(page.get_by_text("Typed before the end")).to_be_visible()


def test_an_answer_that_was_refused_is_still_there_after_a_reload(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    address = page.url
    page.get_by_label("Your answer").fill("word " * 4_200)
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.get_by_text("are the limit").first).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_label("Your answer")).to_have_value("word " * 4_200)


def timed_practice(page: Page, url: str) -> str:
    """Ten minutes for one question; the id of the interview."""
    page.goto(f"{url}/practice/")
    page.get_by_label("Number of questions").fill("1")
    page.get_by_label("Time limit").select_option("10")
    page.get_by_role("button", name="Prepare the interview").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("timer")).to_be_visible()
    return re.search(r"interviews/([0-9a-f-]+)/", page.url)[1]


def let_time_run_out(stack, session_id: str) -> None:
    stack.manage(
        "shell", "-v0", "-c",
        "import datetime as dt; from django.utils import timezone; from sessions.models import InterviewSession as S; "
        f"S.objects.filter(pk='{session_id}').update(deadline_at=timezone.now() - dt.timedelta(minutes=1))",
    )  # fmt: skip


def test_a_deadline_without_a_connection_keeps_the_page_and_what_is_on_it(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    page.clock.install()
    session_id = timed_practice(page, stack.url)
    page.get_by_label("Your answer").press_sequentially("Saved in time")
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=10_000)
    page.context.set_offline(True)
    page.get_by_label("Your answer").press_sequentially(" and a tail")
    page.clock.fast_forward("10:00")
    expect(page.locator("#notices")).to_contain_text("the server cannot be reached", timeout=10_000)
    expect(page.get_by_label("Your answer")).to_have_value("Saved in time and a tail")
    expect(page.get_by_label("Your answer")).not_to_be_editable()

    let_time_run_out(stack, session_id)
    page.context.set_offline(False)
    expect(page).to_have_url(re.compile("/result/$"), timeout=15_000)
    expect(page.locator(".answer", has_text="Saved in time").first).not_to_contain_text("tail")
    expect(page.get_by_label("Kept text for question 1")).to_have_value("Saved in time and a tail")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text() == "Saved in time and a tail"
    page.get_by_role("button", name="Discard").click()
    page.reload()
    expect(page.get_by_label("Kept text for question 1")).to_have_count(0)


def test_a_text_that_the_browser_kept_and_the_server_has_is_forgotten(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    draft = f"{page.url.removeprefix(stack.url)}draft/"
    page.get_by_label("Your answer").fill("The same on both sides")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page).to_have_url(re.compile("/result/$"))
    key = f"mockingbird-draft:{draft}"
    page.evaluate("key => localStorage.setItem(key, 'The same on both sides')", key)
    page.reload()
    page.wait_for_function("key => localStorage.getItem(key) === null", arg=key)
    expect(page.get_by_label("Kept text for question 1")).to_have_count(0)


def test_after_a_submit_that_failed_the_text_saves_itself(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    page.route("**/submit/", lambda route: route.abort())
    page.get_by_label("Your answer").fill("Not handed in")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.locator("#notices")).to_contain_text("could not be reached")
    expect(page.locator("#draft-status")).to_have_text(re.compile("^Saved"), timeout=10_000)


def test_the_back_button_brings_the_text_as_it_is_now(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    page.get_by_label("Your answer").press_sequentially("Newer than the page")
    expect(page.get_by_text(re.compile("^Saved"))).to_be_visible(timeout=10_000)
    page.goto(f"{stack.url}/")
    page.go_back()
    expect(page.get_by_label("Your answer")).to_have_value("Newer than the page")


def test_what_was_kept_of_a_refused_answer_is_forgotten_once_a_shorter_one_is_taken(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    page.get_by_label("Your answer").fill("word " * 4_200)
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.get_by_text("are the limit").first).to_be_visible()
    page.wait_for_function("Object.keys(localStorage).length === 1")
    page.get_by_label("Your answer").fill("Short enough")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page).to_have_url(re.compile("/result/$"))
    assert page.evaluate("Object.keys(localStorage)") == []


def sign_in_and_put_back(page: Page):
    """On the page that asks for it, and then on the question with what the browser has kept."""
    page.get_by_label("E-mail").fill("candidate@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Put it back").click()


def test_a_login_that_ends_while_somebody_types_costs_no_text(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    page.get_by_label("Your answer").fill("Typed while the login ended")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(page.locator("#sent-text")).to_have_value("Typed while the login ended")
    page.get_by_role("button", name="Sign in and go back to the question").click()
    sign_in_and_put_back(page)
    expect(page.get_by_label("Your answer")).to_have_value("Typed while the login ended")


def test_a_draft_that_cannot_be_saved_for_want_of_a_login_leads_there_and_back(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Your answer").press_sequentially("Nobody was signed in")
    page.locator("#draft-status").get_by_role("link", name="Sign in and come back").click(timeout=10_000)
    sign_in_and_put_back(page)
    expect(page.get_by_label("Your answer")).to_have_value("Nobody was signed in")


def test_code_mode_is_still_on_after_a_reload(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    toggle = page.get_by_role("button", name="Code mode")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    page.reload()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Your answer")).to_have_class(re.compile("mono"))


def test_what_is_typed_before_the_script_has_come_is_saved_too(page: Page, stack):
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    waiting = []
    page.route("**/js/draft*.js", lambda route: waiting.append(route))
    with page.expect_request("**/js/draft*.js"):
        page.reload(wait_until="commit")
    page.get_by_label("Your answer").fill("Faster than the script")
    waiting[0].continue_()
    expect(page.locator("#draft-status")).to_contain_text("Saved", timeout=10_000)


def test_a_server_that_never_answers_does_not_hold_an_answer_for_ever(page: Page, stack):
    """The text stays, the candidate is told, and the button works again."""
    sign_in(page, stack.url, "candidate@example.com")
    start_practice(page, stack.url, 1)
    page.wait_for_function("htmx.config.timeout > 0")  # the page has a limit, which is too long for a test
    limit = page.evaluate("htmx.config.timeout")
    page.evaluate("htmx.config.timeout = 300")
    page.route("**/submit/", lambda route: None)
    page.get_by_label("Your answer").fill("Sent into silence")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page.get_by_text("The server could not be reached.")).to_be_visible()
    page.unroute("**/submit/")
    # A server that does answer may take longer on a slow machine.
    page.evaluate(f"htmx.config.timeout = {limit}")
    page.get_by_role("button", name=re.compile("^Submit")).click()
    expect(page).to_have_url(re.compile("/result/$"))
    expect(page.get_by_text("Sent into silence").first).to_be_visible()
