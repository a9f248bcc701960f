"""Prompts, a frozen module each: once used, vN.py never changes, and its version stands on every grade."""

from types import ModuleType

from grading.llm.prompts import v1

CURRENT: ModuleType = v1
VERSIONS: dict[str, ModuleType] = {v1.VERSION: v1}
