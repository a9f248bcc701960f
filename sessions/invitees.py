"""Reading whom to invite: lines or a CSV file in, people and complaints by line out. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from interview_site.accounts.names import plain_name
from sessions.models_setup import MAX_EXTRA_TIME_PERCENT

MAX_INVITEES = 200
NAME_LENGTH = 100
ADDRESS_LENGTH = 254
# The first cell of a heading, as spreadsheets write it.
_HEADINGS = frozenset({"email", "e-mail", "mail", "email address", "e-mail address", "address"})
_NAME_AND_ADDRESS = re.compile(r'^\s*"?(?P<name>[^"<>]*?)"?\s*<(?P<email>[^<>]+)>\s*$')


@dataclass(frozen=True, slots=True)
class Invitee:
    email: str
    name: str = ""
    extra_time_percent: int = 0


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one line. number counts from 1, in the file or in what was typed; text is the line as it
    came.
    """

    number: int
    text: str
    why: str
    is_in_file: bool = False

    @property
    def where(self) -> str:
        return _line(self.number, is_in_file=self.is_in_file)


def read_invitees(
    text: str, file: str = "", *, already: Collection[str] = ()
) -> tuple[list[Invitee], list[Complaint]]:
    """Whom the lines of a text and of a file name, and what is wrong with the others.

    A line is an address, "Name <address>", or "address, name, extra time in percent" with commas, semicolons or tabs
    between; a heading on top of either and empty lines are skipped. already holds addresses in lower case that are not
    to be invited again. More than MAX_INVITEES good lines are complaints, too.
    """
    invitees: list[Invitee] = []
    complaints: list[Complaint] = []
    first_line: dict[str, str] = {}
    for number, line, cells, is_in_file in [*_rows(text, is_in_file=False), *_rows(file, is_in_file=True)]:
        try:
            invitee = _invitee(cells)
            if invitee.email in first_line:
                raise _Wrong(f"This address stands on {first_line[invitee.email]} already.")
            if invitee.email in already:
                raise _Wrong("This address has an open invitation to this interview already.")
            if len(invitees) == MAX_INVITEES:
                raise _Wrong(f"{MAX_INVITEES} people are the most for one go; invite the rest afterwards.")
        except _Wrong as wrong:
            complaints.append(Complaint(number, line.strip(), str(wrong), is_in_file))
        else:
            first_line[invitee.email] = _line(number, is_in_file=is_in_file)
            invitees.append(invitee)
    return invitees, complaints


class _Wrong(Exception):
    """Why a line names nobody."""


def _line(number: int, *, is_in_file: bool) -> str:
    return f"line {number} of the file" if is_in_file else f"line {number}"


def _rows(text: str, *, is_in_file: bool) -> Iterator[tuple[int, str, list[str], bool]]:
    """(number, line, cells, is_in_file) of every line that says something, without the heading."""
    is_top = True
    for number, line in enumerate(text.splitlines(), start=1):
        cells = _cells(line)
        if not any(cells):
            continue
        if not (is_top and cells[0].lower() in _HEADINGS):
            yield number, line, cells, is_in_file
        is_top = False


def _cells(line: str) -> list[str]:
    delimiter = next((one for one in ("\t", ";", ",") if one in line), ",")
    try:
        row = next(iter(csv.reader([line], delimiter=delimiter, skipinitialspace=True)), [])
    except csv.Error:
        row = [line[:200]]  # Too long for a cell: no address either.
    return [cell.strip() for cell in row] or [""]


def _invitee(cells: list[str]) -> Invitee:
    address, name, extra, *rest = [*cells, "", "", ""][: max(3, len(cells))]
    if any(rest):
        raise _Wrong("This line has more than an address, a name and the extra time.")
    if match := _NAME_AND_ADDRESS.match(address):
        address, name = match["email"], name or match["name"]
    try:
        validate_email(address)
    except ValidationError:
        raise _Wrong(
            f"“{address}” is not an e-mail address." if address else "The address is missing."
        ) from None
    if len(address) > ADDRESS_LENGTH:
        raise _Wrong(f"An e-mail address has {ADDRESS_LENGTH} characters at the most.")
    if len(name) > NAME_LENGTH:
        raise _Wrong(f"A name has {NAME_LENGTH} characters at the most.")
    return Invitee(address.lower(), plain_name(name), _percent(extra))


def _percent(text: str) -> int:
    digits = text.removesuffix("%").strip()
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdigit() and int(digits[:9]) <= MAX_EXTRA_TIME_PERCENT):
        raise _Wrong(f"The extra time is a number of percent from 0 to {MAX_EXTRA_TIME_PERCENT}, such as 25.")
    return int(digits)
