"""Reading whom to invite: what a line may look like, and what is said about those that cannot be used."""

import pytest

from sessions.invitees import MAX_INVITEES, Invitee, read_invitees

ANA = Invitee("ana@example.com", "Ana Alvarez", 25)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ana@example.com", Invitee("ana@example.com")),
        ("  ANA@Example.com ", Invitee("ana@example.com")),
        ("ana@example.com, Ana Alvarez, 25", ANA),
        ("ana@example.com;Ana Alvarez;25 %", ANA),
        ("ana@example.com\tAna Alvarez\t25%", ANA),
        ("Ana Alvarez <ana@example.com>", Invitee("ana@example.com", "Ana Alvarez")),
        ('"Alvarez, Ana" <ana@example.com>', Invitee("ana@example.com", "Alvarez, Ana")),
        ('ana@example.com,"Alvarez, Ana",', Invitee("ana@example.com", "Alvarez, Ana")),
        ("ana@example.com,,,", Invitee("ana@example.com")),
        ("ana@example.com,\u202eAna\u2066 Alvarez,25", ANA),
    ],
)
def test_one_line_may_be_written_in_many_ways(line, expected):
    assert read_invitees(line) == ([expected], [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ana", "is not an e-mail address"),
        ("ana@", "is not an e-mail address"),
        (", Ana", "address is missing"),
        ("ana@example.com, Ana, lots", "number of percent from 0 to 300"),
        ("ana@example.com, Ana, 301", "number of percent from 0 to 300"),
        ("ana@example.com, Ana, -5", "number of percent from 0 to 300"),
        ("ana@example.com, Ana, ٢٥", "number of percent from 0 to 300"),
        ("ana@example.com, Ana, 25, Berlin", "more than an address, a name and the extra time"),
        (f"ana@example.com, {'A' * 101}", "100 characters at the most"),
        ("x" * 200_000, "is not an e-mail address"),
        (f"{'x' * 64}@{'.'.join(['y' * 60] * 4)}.com", "254 characters at the most"),
    ],
)
def test_a_line_that_names_nobody_says_what_is_wrong_with_it(line, why):
    invitees, (complaint,) = read_invitees(line)
    assert invitees == []
    assert (complaint.number, complaint.text) == (1, line.strip())
    assert why in complaint.why


def test_everything_good_is_kept_and_every_complaint_names_its_line():
    text = "E-Mail;Name\n\nana@example.com;Ana\nnobody\r\nbob@example.com\nANA@example.com\n"
    invitees, complaints = read_invitees(text)
    assert [invitee.email for invitee in invitees] == ["ana@example.com", "bob@example.com"]
    assert [(complaint.number, complaint.text) for complaint in complaints] == [
        (4, "nobody"),
        (6, "ANA@example.com"),
    ]
    assert complaints[1].why == "This address stands on line 3 already."


def test_a_heading_is_skipped_only_at_the_top():
    assert read_invitees("email,name\nana@example.com,Ana")[1] == []
    assert [c.number for c in read_invitees("ana@example.com\nemail")[1]] == [2]


def test_a_file_has_lines_and_a_heading_of_its_own_beside_what_was_typed():
    typed = "ana@example.com\nnobody"
    invitees, complaints = read_invitees(typed, "Email,Name\nbob@example.com,Bob\nana@example.com\nmail\n")
    assert [invitee.email for invitee in invitees] == ["ana@example.com", "bob@example.com"]
    assert [complaint.where for complaint in complaints] == [
        "line 2",
        "line 3 of the file",
        "line 4 of the file",
    ]
    assert complaints[1].why == "This address stands on line 1 already."


def test_who_is_invited_already_is_not_invited_again():
    invitees, (complaint,) = read_invitees("Ana@example.com\nbob@example.com", already={"ana@example.com"})
    assert [invitee.email for invitee in invitees] == ["bob@example.com"]
    assert "open invitation" in complaint.why


def test_more_than_fit_into_one_go_are_named_and_not_lost():
    text = "\n".join(f"person-{n}@example.com" for n in range(MAX_INVITEES + 2))
    invitees, complaints = read_invitees(text)
    assert len(invitees) == MAX_INVITEES
    assert [complaint.number for complaint in complaints] == [MAX_INVITEES + 1, MAX_INVITEES + 2]
