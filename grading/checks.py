"""What Django's check framework asks us before a server or worker starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from grading.graders import offline_level
from grading.semantics import LevelUnavailableError, semantics_for


def level_is_installed(**_options: Any) -> list[CheckMessage]:
    """A worker that could not grade does not start."""
    try:
        semantics_for(offline_level(), settings.GRADING_MODEL_FOLDER)
    except LevelUnavailableError as error:
        return [Error(f"GRADING_LEVEL: {error}", id="grading.E001")]
    return []
