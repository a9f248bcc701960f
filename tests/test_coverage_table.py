"""docs/coverage-hiring.md names tests that there are, and says of every promise which."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = (ROOT / "docs/coverage-hiring.md").read_text("utf-8")


def test_every_test_that_is_named_exists():
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    defined = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    assert named
    assert named - defined == set()


def test_every_promise_names_a_test():
    rows = [line for line in TABLE.splitlines() if re.match(r"\| (?!Promise)\S", line)]
    assert [row for row in rows if "`test_" not in row] == []
