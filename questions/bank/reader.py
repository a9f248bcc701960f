"""Reads a bank from Markdown. docs/bank-format.md describes the format."""

import re
from dataclasses import dataclass, field

from django.utils.text import slugify

from questions.bank.lines import Heading, Line, heading_of, lines_of
from questions.bank.metadata import LOOKS_LIKE_METADATA, SLUG_LENGTH, Metadata, read_metadata
from questions.bank.model import Bank, BankError, BankProblem, BankQuestion
from questions.bank.rubric_items import read_rubric

SECTIONS = {
    "**Answer:**": "answer",
    "**Explanation:**": "explanation",
    "**Grader note:**": "grader_note",
    "**Rubric:**": "rubric",
}
TOPIC_LENGTH = 200

_QUESTION = re.compile(r"^Q:\s*(?P<text>.*)$")
_ALMOST_A_QUESTION = re.compile(r"^ {0,3}#{1,6}[ \t]*(?:Q|Question)[ \t]*:", re.IGNORECASE)
# What would become a part of the answer, where candidates read it.
_ALMOST_A_SECTION = re.compile(
    r"^(?:\*\*|__)\s*(?P<name>answer|grader[ -]?note|rubric)\s*:?\s*(?:\*\*|__)\s*:?$", re.IGNORECASE
)
_ANSWER_ON_THE_LINE = re.compile(r"^(?:\*\*|__)answer\s*:?\s*(?:\*\*|__)\s*:?\s*\S", re.IGNORECASE)
_RULE = re.compile(r"^[-*_](?:[ \t]*[-*_]){2,}$")


@dataclass(slots=True)
class _Raw:
    """A question as it stands in the file: its lines, not yet understood, and what was found wrong on the way."""

    line: int
    heading: str
    topics: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)
    problem: BankProblem | None = None


def read(text: str, path: str = "bank.md") -> Bank:
    """The bank in text. Never raises: what is wrong is in `errors`, each naming path and line."""
    file = _File()
    lines, unclosed = lines_of(text.removeprefix("\ufeff"))
    for line in lines:
        file.take(line, opens_for_good=line.number in unclosed)
    problems = file.problems
    questions: list[BankQuestion] = []
    first_lines: dict[str, int] = {}
    for raw in file.questions:
        try:
            question = _understand(raw)
            if question.slug in first_lines:
                raise BankProblem(
                    raw.line,
                    f"The slug “{question.slug}” is taken by line {first_lines[question.slug]}: give one of the two "
                    "another one in a comment below it.",
                )
        except BankProblem as problem:
            problems.append(problem)
        else:
            first_lines[question.slug] = raw.line
            questions.append(question)
    if not file.questions and not problems:
        problems.append(BankProblem(1, "No question found: a question begins with “#### Q: ”."))
    errors = tuple(BankError(path, p.line, p.message) for p in sorted(problems, key=lambda p: p.line))
    return Bank(file.title, tuple(questions), errors)


class _File:
    """Cuts a file into questions, line by line."""

    def __init__(self) -> None:
        self.title = ""
        self.questions: list[_Raw] = []
        self.problems: list[BankProblem] = []
        self._topics: dict[int, str] = {}
        self._current: _Raw | None = None
        # The question above and the heading that ended it, until the next question begins.
        self._ended: tuple[_Raw, Line] | None = None
        self._in_comment = False

    def take(self, line: Line, *, opens_for_good: bool) -> None:
        if "\x00" in line.text:
            self._complain(line.number, "This line holds a NUL character; is the file text?")
        if opens_for_good:
            self._complain(
                line.number, "This code fence is never closed: all that follows would be read as code."
            )
        heading = heading_of(line)
        asked = _QUESTION.match(heading.text) if heading and heading.level == 4 else None
        if asked:
            self._begin(line, asked["text"].strip())
        elif not line.is_code and _ALMOST_A_QUESTION.match(line.text):
            # What follows belongs to a question that cannot be read, not to the one before.
            self._current = self._ended = None
            self._complain(line.number, "This looks like a question; a question begins with “#### Q: ”.")
        elif heading and heading.level <= 3:
            self._head(line, heading)
        elif self._current:
            self._current.lines.append(line)
        else:
            self._between(line)

    def _begin(self, line: Line, text: str) -> None:
        self._ended = None
        self._in_comment = False
        topics = tuple(self._topics[level] for level in sorted(self._topics))
        self._current = _Raw(line.number, text, topics)
        self.questions.append(self._current)
        if not topics:
            self._complain(line.number, "The question stands under no topic: put a “## Topic” above it.")

    def _head(self, line: Line, heading: Heading) -> None:
        """A title or a topic. It ends the question above, whose answer it may have been meant for."""
        if self._current:
            # In a fence that is never closed, a remark of the code reads as a heading.
            self._ended = None if self._current.problem else (self._current, line)
        self._current = None
        if heading.level == 1:
            self.title = self.title or heading.text
            return
        if len(heading.text) > TOPIC_LENGTH:
            self._complain(line.number, f"The title of a topic has {TOPIC_LENGTH} characters at most.")
        self._topics = {level: title for level, title in self._topics.items() if level < heading.level}
        self._topics[heading.level] = heading.text[:TOPIC_LENGTH]

    def _between(self, line: Line) -> None:
        """Text that belongs to no question. Above the first one it introduces; below one it was cut off."""
        text = line.text.strip()
        if self._in_comment or (text.startswith("<!--") and not line.is_code):
            self._in_comment = "-->" not in text
        elif text and self._ended and not _RULE.match(text):
            question, heading = self._ended
            self._ended = None
            question.problem = question.problem or BankProblem(
                heading.number,
                f"“{heading.text.strip()}” ends the question of line {question.line}, and the text below it would be "
                "lost. In an answer, use ##### or a code fence; below a topic, put a remark into a comment <!-- -->.",
            )

    def _complain(self, line: int, message: str) -> None:
        """About the question that is being read, or about the file where there is none."""
        if self._current:
            self._current.problem = self._current.problem or BankProblem(line, message)
        else:
            self.problems.append(BankProblem(line, message))


def _understand(raw: _Raw) -> BankQuestion:
    """Raises BankProblem."""
    if raw.problem:
        raise raw.problem
    if not raw.heading:
        raise BankProblem(raw.line, "The question has no text after “Q:”.")
    metadata, parts = _parts(raw)
    if "answer" not in parts:
        raise BankProblem(raw.line, "The question has no **Answer:**.")
    texts = {name: _trimmed(lines) for name, lines in parts.items() if name != "rubric"}
    if not texts["answer"]:
        raise BankProblem(raw.line, "The **Answer:** is empty.")
    slug = metadata.slug or slugify(raw.heading)[:SLUG_LENGTH].strip("-_").replace("_", "-")
    if not slug:
        raise BankProblem(
            raw.line, "No slug can be made from the question's text: give one in a comment below it."
        )
    return BankQuestion(
        slug=slug,
        prompt=raw.heading + (f"\n\n{texts['prompt']}" if texts["prompt"] else ""),
        reference_answer=texts["answer"],
        topics=raw.topics,
        difficulty=metadata.difficulty,
        tags=metadata.tags,
        explanation=texts.get("explanation", ""),
        grader_note=texts.get("grader_note", ""),
        rubric=read_rubric(parts.get("rubric", []), raw.line),
        line=raw.line,
    )


def _parts(raw: _Raw) -> tuple[Metadata, dict[str, list[Line]]]:
    """The metadata, and the lines of each section."""
    metadata: Metadata | None = None
    parts: dict[str, list[Line]] = {"prompt": []}
    section = "prompt"
    rest = iter(raw.lines)
    for line in rest:
        text = "" if line.is_code else line.text.strip()
        if name := SECTIONS.get(text):
            if name in parts:
                raise BankProblem(line.number, f"A second {text} in the same question.")
            section = name
            parts[section] = []
        elif text.startswith("<!--") and section == "prompt" and metadata is None:
            while "-->" not in text:
                following = next(rest, None)
                if following is None or SECTIONS.get(following.text.strip()):
                    raise BankProblem(line.number, "This comment is never closed with “-->”.")
                text += f"\n{following.text.strip()}"
            body, _, after = text.removeprefix("<!--").partition("-->")
            if after:
                raise BankProblem(line.number, "Text follows the comment: put it on a line of its own.")
            metadata = read_metadata(body, line.number)
        elif LOOKS_LIKE_METADATA.match(text):
            raise BankProblem(
                line.number, "Slug, difficulty and tags stand in one comment above **Answer:**."
            )
        elif almost := _ALMOST_A_SECTION.match(text):
            name = almost["name"].capitalize()
            raise BankProblem(line.number, f"This looks like a section, which is written “**{name}:**”.")
        elif section == "prompt" and _ANSWER_ON_THE_LINE.match(text):
            raise BankProblem(
                line.number, "“**Answer:**” stands on a line of its own; the text follows below."
            )
        else:
            parts[section].append(line)
    return metadata or Metadata(), parts


def _trimmed(lines: list[Line]) -> str:
    """The lines without the blank ones around them; inside, every space stays as it is."""
    texts = [line.text for line in lines]
    first = next((index for index, text in enumerate(texts) if text.strip()), len(texts))
    last = next((index for index in range(len(texts), first, -1) if texts[index - 1].strip()), first)
    return "\n".join(texts[first:last])
