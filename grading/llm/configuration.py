"""What the settings say about the model, and the one switch. Imports no openai: web processes use it, too."""

from __future__ import annotations

from django.conf import settings

from grading.llm.exchanging import Endpoint
from grading.models_exchange import ModelSwitch


def is_wanted() -> bool:
    """Whether new answers are meant for a model, by the settings. No query."""
    return bool(settings.GRADING_MODEL) and settings.GRADING_MODEL_ENABLED


def is_switched_on() -> bool:
    """Whether the model may grade now: the settings' switch, and the newest turn of the admins' one."""
    if not is_wanted():
        return False
    newest = ModelSwitch.objects.order_by("-pk").values_list("is_on", flat=True).first()
    return newest is not False


def endpoint() -> Endpoint:
    """The configured endpoint."""
    return Endpoint(
        model=settings.GRADING_MODEL,
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        timeout=settings.GRADING_TIMEOUT_SECONDS,
        connect_timeout=settings.GRADING_CONNECT_SECONDS,
        max_tokens=settings.GRADING_MAX_TOKENS,
        price_input=float(settings.GRADING_PRICE_INPUT),
        price_output=float(settings.GRADING_PRICE_OUTPUT),
    )
