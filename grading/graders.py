"""The offline grader of this installation, at its level."""

from django.conf import settings

from grading import semantics
from grading.core.assessment import Assessment
from grading.core.reading_copy import regardless
from grading.core.rubric import Rubric


def offline_level() -> str:
    """GRADING_LEVEL; where it is empty, contextual with a model folder and lexical without."""
    return settings.GRADING_LEVEL or ("contextual" if settings.GRADING_MODEL_FOLDER else "lexical")


def assess_offline(question: str, rubric: Rubric, answer: str) -> Assessment:
    """What speaks to the grader is not read, and flagged.

    Raises LevelUnavailableError where the level is not installed; `manage.py check` says so beforehand."""
    folder, level = settings.GRADING_MODEL_FOLDER, offline_level()

    def grade(text: str) -> Assessment:
        return semantics.grade(question, rubric, text, level=level, model_folder=folder)

    return regardless(grade, answer)
