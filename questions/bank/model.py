"""A bank as plain data: what the reader returns and the writer takes."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BankCriterion:
    """One item of a question's rubric. kind is "core", "bonus" or "misconception"; points > 0."""

    text: str
    points: float = 1
    kind: str = "core"
    cues: tuple[tuple[str, ...], ...] = ()
    examples: tuple[str, ...] = ()
    correction: str = ""


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """One question. topics are the titles of the headings above it, outermost first."""

    slug: str
    prompt: str
    reference_answer: str
    topics: tuple[str, ...]
    difficulty: str = "medium"
    tags: tuple[str, ...] = ()
    explanation: str = ""
    grader_note: str = ""
    rubric: tuple[BankCriterion, ...] = ()
    # Where it stands in its file. Not part of what the question is.
    line: int = field(default=0, compare=False)


class BankProblem(Exception):
    """Something is wrong at a line of one question, which is given up; the others are read."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class BankError:
    """What is wrong with one question, and where. The other questions of the file are not touched by it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Bank:
    """A file's questions in order, and the errors found on the way."""

    title: str
    questions: tuple[BankQuestion, ...]
    errors: tuple[BankError, ...] = ()
