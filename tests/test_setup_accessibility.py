"""Setting up, inviting, being invited, signing in, in a real browser: axe, narrow screens, both colour schemes."""

from __future__ import annotations

import itertools
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from interview_site.demo import PASSWORD
from tests.complaints import collect_complaints

pytestmark = [pytest.mark.xdist_group("stacks")]

WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
PAGE_BYTES = 60_000


@pytest.fixture
def new_page(browser: Browser):
    """A browser of somebody's own; what the console says is trouble, refusals that the test provokes apart."""
    problems: list[str] = []
    contexts = []

    def make() -> Page:
        contexts.append(browser.new_context(locale="en-GB", timezone_id="UTC", reduced_motion="reduce"))
        page = contexts[-1].new_page()
        collect_complaints(page, problems, besides=r"status of 4\d\d")
        return page

    yield make
    for context in contexts:
        context.close()
    assert problems == []


def look_at(page: Page, shows: str) -> None:
    """Once the page shows this text: axe finds nothing, nothing sticks out sideways, and the page is small."""
    expect(page.get_by_role("main").get_by_text(shows).first).to_be_visible()
    page.wait_for_load_state()
    assert len(page.content().encode()) <= PAGE_BYTES
    for width, scheme in itertools.product(WIDTHS, SCHEMES):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        found = Axe().run(page)
        assert found.violations_count == 0, (page.url, width, scheme, found.generate_report())


def sign_in(page: Page, url: str, email: str = "manager@example.com") -> None:
    page.goto(f"{url}/accounts/login/?next=/templates/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_every_page_from_the_template_to_the_lobby_can_be_used_by_everybody(live_stack, new_page):
    url = live_stack("embedded").url
    manager = new_page()
    sign_in(manager, url)
    look_at(manager, "What an interview asks, and how.")
    manager.get_by_role("link", name="Backend engineer, round 1", exact=True).first.click()
    look_at(manager, "Ravi Rao")
    invitations = manager.url
    manager.goto(f"{url}/templates/new/")
    look_at(manager, "New template")
    manager.get_by_role("button", name="Create the template").click()
    look_at(manager, "This field is required.")
    manager.goto(f"{invitations}edit/")
    look_at(manager, "Edit the template")
    manager.goto(f"{invitations}invite/")
    look_at(manager, "Invite candidates")
    address = f"ola-{uuid.uuid4().hex[:8]}@example.com"
    manager.get_by_label("Who is invited").fill(f"{address}, Ola Olsen, 50\nnot an address")
    manager.get_by_role("button", name="Invite").click()
    look_at(manager, "These links are shown once.")
    link = manager.get_by_role("textbox", name="Link for Ola Olsen").input_value()

    guest = new_page()
    guest.goto(f"{url}/i/leads-to-nothing/")
    look_at(guest, "This link leads nowhere")
    guest.goto(link)
    look_at(guest, "You are invited")
    guest.get_by_role("button", name="Accept the invitation").click()
    look_at(guest, "Please choose a password.")
    guest.get_by_label("A password").fill("a long made-up phrase")
    guest.get_by_label("I have read this and agree to it").check()
    guest.get_by_role("button", name="Accept the invitation").click()
    look_at(guest, "You agreed to this")

    stranger = new_page()
    stranger.goto(link)
    look_at(stranger, "You have accepted this invitation.")
    manager.goto(link)
    look_at(manager, "You are signed in as somebody else")
    manager.goto(invitations)
    manager.get_by_role("link", name="Ola Olsen").first.click()
    look_at(manager, "Withdraw the invitation")
    manager.get_by_role("button", name="Withdraw the invitation").click()
    look_at(manager, "its link leads nowhere now")
    stranger.reload()
    look_at(stranger, "This invitation was withdrawn")
    guest.reload()
    look_at(guest, "This interview cannot be started any more")


def test_an_admin_has_more_in_the_bar_and_it_still_fits(live_stack, new_page):
    page = new_page()
    sign_in(page, live_stack("embedded").url, "admin@example.com")
    look_at(page, "What an interview asks, and how.")


def test_what_is_written_in_django_admin_can_be_read_on_a_phone_and_in_both_colours(live_stack, new_page):
    page = new_page()
    stack = live_stack("embedded")
    sign_in(page, stack.url, "admin@example.com")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{stack.url}/admin/questions/questionversion/add/")
    for field in page.locator("textarea.markdown-source").all():
        box = field.bounding_box()
        assert box["x"] + box["width"] <= 360
    page.goto(f"{stack.url}/admin/interview_sessions/interviewtemplate/add/")
    title = page.locator(".selector-chosen-title")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for words in ("label", ".helptext"):
            # Not by axe, which takes a text in the colour of its ground for one that is hidden on purpose.
            ink = title.locator(words).evaluate("words => getComputedStyle(words).color")
            assert ink == "rgb(255, 255, 255)", (scheme, words)


# A timed interview that runs, and a template of Max's, with one and the same title; prints where they are.
WITH_TITLE = """
from django.utils import timezone
from interview_site.accounts.models import User
from questions.models import QuestionVersion
from sessions.models import InterviewTemplate
from sessions.sittings import create_practice, start
cleo, max_ = (User.objects.get(email=name + "@example.com") for name in ("candidate", "manager"))
versions = list(QuestionVersion.objects.ready()[:2])
interview = create_practice(cleo, versions, title="{title}", time_limit_minutes=30)
start(interview, timezone.now())
template = InterviewTemplate.objects.create(title="{title}")
template.hiring_team.add(max_)
template.fixed_questions.create(question=versions[0].question, position=1)
print(interview.pk, template.pk)
"""


@pytest.mark.parametrize("title", ["Senior backend engineer, second round. " * 4, "W" * 200])
def test_a_long_title_pushes_neither_the_clock_nor_anything_else_off_the_screen(live_stack, new_page, title):
    stack = live_stack("embedded")
    made = stack.manage("shell", "-v0", "-c", WITH_TITLE.format(title=title.strip()))
    interview, template = made.split()[-2:]
    candidate = new_page()
    sign_in(candidate, stack.url, "candidate@example.com")
    for address in (f"interviews/{interview}/1/", f"interviews/{interview}/finish/", ""):
        candidate.goto(f"{stack.url}/{address}")
        for width in (320, 430, 700, 900, 1280):
            candidate.set_viewport_size({"width": width, "height": 800})
            assert candidate.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
            if address:
                box = candidate.locator("#timer").bounding_box()
                assert box["x"] + box["width"] <= width, (address, width)
    manager = new_page()
    sign_in(manager, stack.url)
    for address in ("", f"{template}/", f"{template}/edit/", f"{template}/invite/"):
        manager.goto(f"{stack.url}/templates/{address}")
        for width in WIDTHS:
            manager.set_viewport_size({"width": width, "height": 800})
            assert manager.evaluate("document.documentElement.scrollWidth") <= width, (address, width)


# A manager whose second step is on; prints recovery codes, which unlike an app's codes hold at any time.
IN_TWO_STEPS = """
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from interview_site.accounts.models import User
user = User.objects.create_user("{email}", "{password}", name="Tove Two", role="hiring_manager")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
TOTP.activate(user, generate_totp_secret())
print(*RecoveryCodes.activate(user).get_unused_codes())
"""


def test_signing_in_with_and_without_a_second_step_can_be_used_by_everybody(live_stack, new_page):
    stack = live_stack("embedded")
    page = new_page()
    for address, shows in (
        ("login/", "Sign in"),
        ("signup/", "Create an account"),
        ("password/reset/", "Reset your password"),
        ("password/reset/done/", "Only printed"),
        ("confirm-email/", "Only printed"),
    ):
        page.goto(f"{stack.url}/accounts/{address}")
        look_at(page, shows)

    email = f"tove-{uuid.uuid4().hex[:8]}@example.com"
    created = stack.manage("shell", "-v0", "-c", IN_TWO_STEPS.format(email=email, password=PASSWORD))
    recovery_code = created.split()[0]
    sign_in(page, stack.url, email)
    look_at(page, "The second step")
    page.get_by_label("Code").fill(recovery_code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("main").get_by_text("What an interview asks, and how.")).to_be_visible()
    page.goto(f"{stack.url}/accounts/2fa/")
    look_at(page, "It is on")
    page.goto(f"{stack.url}/accounts/2fa/recovery-codes/generate/")
    look_at(page, "Confirm that it is you")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    look_at(page, "New recovery codes")
    for address, shows in (
        ("2fa/recovery-codes/", "Each signs you in once"),
        ("2fa/totp/deactivate/", "Switch off the second step"),
        ("2fa/reauthenticate/", "Enter the code"),
        ("email/", "E-mail addresses"),
        ("password/change/", "password"),
    ):
        page.goto(f"{stack.url}/accounts/{address}")
        look_at(page, shows)
    page.goto(f"{stack.url}/accounts/2fa/totp/deactivate/")
    page.get_by_role("main").get_by_role("button").click()
    look_at(page, "Sign-in in two steps")
    page.goto(f"{stack.url}/accounts/2fa/totp/activate/")
    look_at(page, "Switch on the second step")
