"""What a browser has to complain about while a test drives it."""

import re

from playwright.sync_api import ConsoleMessage, Page

# A page that is left takes its requests along, and htmx reports them. Of a request that fails for any other reason the
# browser itself says so ("Failed to load resource").
CUT_OFF = re.compile(r"htmx:(afterRequest|sendAbort|sendError)\b")


def collect_complaints(page: Page, problems: list[str], *, besides: str = r"(?!)") -> None:
    """Put everything that goes wrong on the page into problems, but what matches besides."""
    allowed = re.compile(besides)

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not CUT_OFF.match(message.text) and not allowed.search(message.text):
            problems.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: problems.append(str(error)))
