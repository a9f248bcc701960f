"""The bank that comes with the program."""

from functools import lru_cache
from pathlib import Path

from questions.bank.model import BankQuestion
from questions.bank.reader import read

FILES = tuple(sorted((Path(__file__).parent / "content").glob("*.md")))


@lru_cache(maxsize=1)
def shipped_questions() -> tuple[BankQuestion, ...]:
    """Its questions, in the files' order, whether or not a site has imported them."""
    return tuple(q for file in FILES for q in read(file.read_text("utf-8"), file.name).questions)
