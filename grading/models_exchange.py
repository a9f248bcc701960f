"""What the model grader leaves behind: Exchange, the switch, the breaker's state, what was used. See grading/llm/."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone

from grading.models import AppendOnly, Grade, GradingJob


class Purpose(models.TextChoices):
    """Why a call was made."""

    FIRST = "first", "First reading"
    LONGER = "longer", "Again, with room for a longer reply"
    AGAIN = "again", "Some criteria again, in another order"


class ExchangeQuerySet(models.QuerySet["Exchange"]):
    def with_raw_before(self, moment: dt.datetime) -> ExchangeQuerySet:
        """Those made before then whose raw texts are still here."""
        return self.filter(created_at__lt=moment, raw_purged_at=None)


class Exchange(models.Model):
    """One call of a model: what was asked and answered, by what, and at what cost.

    grade is empty where the call came to nothing; error says why. The raw texts go after
    GRADING_RAW_RETENTION_DAYS; the hashes stay.
    """

    job = models.ForeignKey(
        GradingJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="exchanges"
    )
    grade = models.ForeignKey(
        Grade, null=True, blank=True, on_delete=models.CASCADE, related_name="exchanges"
    )
    attempt = models.PositiveIntegerField(help_text="The job's attempt, 1 for the first.")
    position = models.PositiveIntegerField(help_text="The call within the attempt, 1 for the first.")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    asked = models.JSONField(default=list, blank=True, help_text="The criteria asked for, in order.")
    endpoint = models.CharField(max_length=300)
    model = models.CharField(max_length=100, help_text="As the endpoint reported it.")
    prompt_version = models.CharField(max_length=20)
    mode = models.CharField(max_length=20, blank=True, help_text="How JSON was asked for.")
    finish_reason = models.CharField(max_length=40, blank=True)
    request_hash = models.CharField(max_length=64)
    response_hash = models.CharField(max_length=64, blank=True)
    raw_request = models.TextField(blank=True)
    raw_response = models.TextField(blank=True)
    raw_purged_at = models.DateTimeField(null=True, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    latency_ms = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at"], name="exchange_created")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} by {self.model} ({self.created_at:%Y-%m-%d %H:%M})"


class ModelSwitch(AppendOnly):
    """A turn of the one switch: the newest row counts, and without any the model is on."""

    is_on = models.BooleanField("the model may grade")
    why = models.CharField(max_length=300, help_text="For those who ask later.")
    turned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    turned_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "model switch"
        verbose_name_plural = "model switch"

    def __str__(self) -> str:
        return f"{'On' if self.is_on else 'Off'} since {self.turned_at:%Y-%m-%d %H:%M}"


class BreakerKind(models.TextChoices):
    OUTAGE = "outage", "The endpoint fails"
    CONFIGURATION = "configuration", "The endpoint refuses us"


class Breaker(models.Model):
    """The circuit breaker of one endpoint and model, shared by all workers. Open while opened_at is set."""

    endpoint = models.CharField(max_length=420, unique=True)
    failures = models.JSONField(default=list, blank=True, help_text="When it failed of late (POSIX seconds).")
    opened_at = models.DateTimeField(null=True, blank=True)
    probes = models.PositiveIntegerField(default=0, help_text="Probes since it opened.")
    probe_at = models.DateTimeField(null=True, blank=True, help_text="When one call may try again.")
    kind = models.CharField(max_length=20, choices=BreakerKind.choices, default=BreakerKind.OUTAGE)
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.endpoint}: {'open' if self.opened_at else 'closed'}"


class ModelUsage(models.Model):
    """What one day's calls used."""

    day = models.DateField(unique=True)
    calls = models.PositiveIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))

    class Meta:
        ordering = ["-day"]
        verbose_name = "model usage"
        verbose_name_plural = "model usage"

    def __str__(self) -> str:
        return f"{self.day}: {self.calls} calls"
