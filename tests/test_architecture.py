"""docs/architecture.md says where things live: what is there and what it says are the same."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
TREE = TEXT.split("```")[1]
APPS = ("interview_site", "questions", "sessions", "grading")
# Every app has these; they need no word.
EVERYWHERE = {"migrations", "management", "commands", "views"}


def packages() -> list[str]:
    found = [init.parent.relative_to(ROOT) for app in APPS for init in (ROOT / app).rglob("__init__.py")]
    # What is inside the pure core and the model grader is for their own documents to tell.
    told = [path for path in found if not {"core", "llm"} & set(path.parts[:-1])]
    return sorted(str(path) for path in told if not EVERYWHERE & set(path.parts))


@pytest.mark.parametrize("package", packages())
def test_every_package_has_its_place_in_the_tree(package: str):
    assert f"{Path(package).name}/" in TREE


def test_every_python_file_in_the_tree_is_there():
    names = re.findall(r"[a-z_]+\.py", TREE)
    there = {path.name for app in APPS for path in (ROOT / app).rglob("*.py")}
    assert names
    assert set(names) <= there


def test_the_direction_is_the_one_that_is_checked():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    checked = [layer.rpartition(".")[2] for layer in reversed(layers) if ":" not in layer]
    told = re.search(r"\*\*Direction\.\*\* `([^`]+) ← interview_site", TEXT)
    assert told
    assert told[1].split(" ← ") == checked
