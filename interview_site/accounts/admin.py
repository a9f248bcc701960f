"""Users in Django admin, whose role decides who may enter it; the audit log, to read."""

from __future__ import annotations

from typing import Any

from allauth.account.admin import EmailAddressAdmin  # noqa: F401 - registers the model, to be taken out below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin  # noqa: F401 - registers the model, to be taken out below
from allauth.mfa.models import Authenticator
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator

from interview_site.accounts.access import confirmed_to_act, confirmed_to_look
from interview_site.accounts.admin_audit import AuditedAdmin
from interview_site.accounts.models import AuditEntry, Role, User

admin.site.unregister(Group)
# It shows the key itself: whoever reads it can make another person's codes.
admin.site.unregister(Authenticator)
# An address added there opens the account, with no password asked and no entry in the audit log.
admin.site.unregister(EmailAddress)
# One door, with its throttle and its second factor: Django admin's own has neither.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class UserCreationForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User
        fields = ("email", "name", "role")
        field_classes = {"email": forms.EmailField}


LAST_ADMIN = "Make another admin first: without {} nobody could open these pages."


class UserForm(UserChangeForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        stays = cleaned.get("role") == Role.ADMIN and cleaned.get("is_active")
        if not stays and self.instance.is_last_admin():
            raise forms.ValidationError(LAST_ADMIN.format(self.instance))
        return cleaned


@admin.register(User)
@method_decorator(confirmed_to_look, name="changeform_view")
@method_decorator(confirmed_to_look, name="delete_view")
@method_decorator(confirmed_to_look, name="user_change_password")
@method_decorator(confirmed_to_act, name="changelist_view")
@method_decorator(transaction.atomic, name="user_change_password")
class UserAdmin(AuditedAdmin, BaseUserAdmin):
    audited_as = "account"
    audited_fields = ("role", "is_active")
    form = UserForm
    add_form = UserCreationForm
    list_display = ("email", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "role", "is_active")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "usable_password", "password1", "password2")}),
    )

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], Any, set[Any], list[Any]]:
        """What cannot be deleted is listed as protected, for one and for many alike."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        going = list(objs)
        if not User.objects.active_admins().exclude(pk__in=[user.pk for user in going]).exists():
            protected += [LAST_ADMIN.format(user) for user in going if user.is_admin and user.is_active]
        return deleted, counts, missing, protected

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.email = obj.email.lower()
        obj.is_staff = obj.is_superuser = obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)
        # The old address must not sign in, nor get the mail that resets the password.
        EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email).delete()
        EmailAddress.objects.get_or_create(
            user=obj, email=obj.email, defaults={"verified": True, "primary": True}
        )

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """The page for a new password saves without the form that the audit log hears of."""
        match = request.resolver_match
        if match and match.url_name == "auth_user_password_change":
            self.audit(request, obj, "password_set")
        return super().log_change(request, obj, message)


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """To read, and nothing else: `manage.py verify_audit` says whether the log is whole."""

    list_display = ("number", "recorded_at", "by", "action", "target", "why")
    list_filter = ("target_type",)
    search_fields = ("action", "=target_id")
    date_hierarchy = "recorded_at"
    ordering = ("-number",)
    fields = readonly_fields = (
        "number",
        "recorded_at",
        "by",
        "action",
        "target",
        "before",
        "after",
        "why",
        "previous_hash",
        "hash",
    )
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        # The account may be gone: a join that may find nothing, in one query.
        return (
            super().get_queryset(request).annotate(actor_email=F("actor__email"), actor_name=F("actor__name"))
        )

    @admin.display(description="by")
    def by(self, entry: AuditEntry) -> str:
        if entry.actor_id is None:
            return "Mockingbird itself"
        known = getattr(entry, "actor_name", "") or getattr(entry, "actor_email", "")
        return known or f"account {entry.actor_id}, deleted"

    @admin.display(description="record")
    def target(self, entry: AuditEntry) -> str:
        try:
            name = str(apps.get_model(entry.target_type)._meta.verbose_name)
        except LookupError:  # a kind of record that a later version has done away with
            name = entry.target_type
        return f"{name} {entry.target_id}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
