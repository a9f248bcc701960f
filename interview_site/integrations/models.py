"""Endpoint, Event, Delivery, Attempt: what other programs are told. ApiToken: what they may ask."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone


class EventKind(models.TextChoices):
    INVITATION_OPENED = "invitation.opened", "Invitation opened"
    SESSION_STARTED = "session.started", "Interview started"
    SESSION_SUBMITTED = "session.submitted", "Interview submitted"
    SESSION_GRADED = "session.graded", "Every answer graded"
    REVIEW_SUBMITTED = "review.submitted", "Scorecard submitted"
    APPEAL_OPENED = "appeal.opened", "Appeal opened"
    APPEAL_DECIDED = "appeal.decided", "Appeal decided"


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class Endpoint(models.Model):
    """Where events are posted to. Made by admins alone, since the server itself calls the address."""

    name = models.CharField(max_length=100)
    url = models.CharField(
        "address", max_length=500, validators=[URLValidator(schemes=["https", "http"])], help_text="https://…"
    )
    secret = models.CharField(
        max_length=100, default=new_secret, help_text="Signs every delivery (HMAC-SHA256)."
    )
    kinds = models.JSONField("events", default=list, blank=True, help_text="Empty: all of them.")
    template = models.ForeignKey(
        "interview_sessions.InterviewTemplate",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Empty: every interview.",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """Something happened. Written in the transaction in which it did; holds ids and states, no names and no texts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, choices=EventKind.choices)
    data = models.JSONField(default=dict)
    once = models.CharField(
        max_length=100,
        null=True,
        blank=True,
        unique=True,
        help_text="What happens only once has a name here.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["created_at"], name="event_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M:%S}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    GIVEN_UP = "given_up", "Given up"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: dt.datetime) -> DeliveryQuerySet:
        """Waiting, past not_before, and not in the hands of another process; oldest first."""
        is_free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=now)
        waiting = self.filter(is_free, state=DeliveryState.WAITING, not_before__lte=now)
        return waiting.filter(endpoint__is_active=True).order_by("not_before", "pk")


class Delivery(models.Model):
    """One event for one endpoint, until it is accepted. Sending again by hand makes another row."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    is_replay = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["not_before"], condition=Q(state="waiting"), name="delivery_waiting")]

    def __str__(self) -> str:
        return f"{self.event.kind} to {self.endpoint}"


class Attempt(models.Model):
    """One try, as the log shows it. status is None where nobody answered."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    number = models.PositiveIntegerField()
    status = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.status or self.error}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def for_secret(self, secret: str) -> ApiTokenQuerySet:
        """The token that this text is, if it is one and still counts."""
        return self.filter(secret_hash=hash_of(secret), revoked_at=None, owner__is_active=True)


class ApiToken(models.Model):
    """Lets a program read what its owner may read. Of the token itself only the SHA-256 is kept."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
