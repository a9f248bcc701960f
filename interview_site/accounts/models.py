"""User: logs in by e-mail and has one role. AuditEntry: who did what, in a chain of hashes."""

import json
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class Role(models.TextChoices):
    CANDIDATE = "candidate", "Candidate"
    HIRING_MANAGER = "hiring_manager", "Hiring manager"
    ADMIN = "admin", "Admin"


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail; an admin may enter Django admin."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.is_staff = user.is_superuser = user.role == Role.ADMIN
        user.set_password(password)
        user.save(using=self._db)
        return user

    def active_admins(self) -> models.QuerySet["User"]:
        """Those who can get at everything. There is always one."""
        return self.filter(role=Role.ADMIN, is_active=True)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{**fields, "role": Role.ADMIN})


class User(AbstractUser):
    """A person. The e-mail address, in lower case, is the login."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)
    name = models.CharField("name", max_length=100, blank=True, help_text="What people call you.")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.CANDIDATE)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_ignores_case",
                violation_error_message="There is an account with this e-mail address already.",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email.split("@")[0]

    def is_last_admin(self) -> bool:
        """Whether nobody could open the admin pages any more without this account."""
        admins = User.objects.active_admins()
        return admins.filter(pk=self.pk).exists() and not admins.exclude(pk=self.pk).exists()

    @property
    def is_candidate(self) -> bool:
        return self.role == Role.CANDIDATE

    @property
    def is_hiring_manager(self) -> bool:
        return self.role == Role.HIRING_MANAGER

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN


class AuditLogError(Exception):
    """Somebody tried to change or delete an entry of the audit log."""


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads. Changing and deleting rows is refused; interview_site.accounts.audit has the one exception."""

    def update(self, **fields: Any) -> NoReturn:
        raise AuditLogError("An audit entry never changes.")

    def delete(self) -> NoReturn:
        raise AuditLogError("An audit entry is never deleted.")


class AuditEntry(models.Model):
    """One act: who, what, on which record, when; its particulars say before, after and why.

    Written by interview_site.accounts.audit alone. hash covers previous_hash and everything else, the particulars
    through their salted digest: so they can be erased with a person's data, and the chain still holds. actor is
    kept as a number without a constraint, since the log outlives accounts; None is the system itself.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=100)
    target_id = models.CharField(max_length=64)
    particulars = models.TextField(blank=True, help_text="JSON: before, after, why. Empty once erased.")
    salt = models.CharField(max_length=64)
    particulars_digest = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects: ClassVar[models.Manager["AuditEntry"]] = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.number}: {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditLogError("An audit entry never changes.")
        super().save(*args, **kwargs, force_insert=True)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditLogError("An audit entry is never deleted.")

    @property
    def is_erased(self) -> bool:
        return not self.particulars

    @property
    def before(self) -> Any:
        return self._particular("before")

    @property
    def after(self) -> Any:
        return self._particular("after")

    @property
    def why(self) -> str:
        return self._particular("why") or ""

    def _particular(self, name: str) -> Any:
        return json.loads(self.particulars).get(name) if self.particulars else None


class AuditHead(models.Model):
    """The one row that says where the chain ends: locked while an entry is appended, and a net for cut-off ends."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"
