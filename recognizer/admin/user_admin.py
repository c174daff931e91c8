"""Admin pages of users, API tokens and second factors. Accounts are deleted by the same function as
on the account page."""

from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from recognizer.accounts.deletion import CannotDeleteAccount, delete_account
from recognizer.accounts.roles import ROLES, list_admins, sync_staff_flag
from recognizer.admin.base_admin import ReadOnlyAdmin
from recognizer.models import ApiToken, Feed, User

if TYPE_CHECKING:
    BaseUserAdmin = UserAdmin[User]
    BaseUserForm = UserChangeForm[User]
else:
    BaseUserAdmin, BaseUserForm = UserAdmin, UserChangeForm

admin.site.unregister(Group)  # roles are granted on the page of the user
admin.site.unregister(UserSession)  # users end their sessions themselves
admin.site.unregister(Authenticator)  # the original page shows secrets


class SiteUserForm(BaseUserForm):
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        role = self.instance.is_superuser or data["groups"].filter(name="admin").exists()
        others = list_admins().exclude(pk=self.instance.pk)
        if not (data["is_active"] and role) and not others.exists():
            raise ValidationError("At least one active admin must remain.")
        return data


@admin.register(User)
class SiteUserAdmin(BaseUserAdmin):
    form = SiteUserForm
    list_display = (
        "username",
        "email",
        "role_names",
        "num_drawings",
        "may_teach",
        "is_active",
        "last_login",
    )
    list_filter = ("groups", "is_active", "may_teach", "date_joined")
    search_fields = ("username", "email")
    # Addresses are added and confirmed on the page of e-mail addresses.
    readonly_fields = ("email", "last_login", "date_joined", "may_teach", "may_teach_decided_at")
    filter_horizontal = ()
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("username", "password", "email")}),
        ("Permissions", {"fields": ("is_active", "groups")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
        ("Consent to training", {"fields": ("may_teach", "may_teach_decided_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        count = Count("drawings", filter=Q(drawings__deleted_at=None), distinct=True)
        return (
            super().get_queryset(request).prefetch_related("groups").annotate(drawing_count=count)
        )

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.filter(name__in=ROLES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="roles")
    def role_names(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "–"

    @admin.display(description="drawings", ordering="drawing_count")
    def num_drawings(self, user: User) -> int:
        return int(getattr(user, "drawing_count", 0))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        sync_staff_flag(form.instance)

    def get_deleted_objects(self, objs: Any, request: Any) -> tuple[Any, Any, set[str], list[str]]:
        """List the accounts only, not their drawings and predictions."""
        named = [f"{user.username} and all drawings" for user in objs]
        return named, {"accounts": len(named)}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            delete_account(user=obj)
        except CannotDeleteAccount:
            messages.error(request, f"{obj} is the only admin and cannot be deleted.")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            self.delete_model(request, user)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """API tokens can be deleted here but not created, because only their owner may see the key."""

    list_display = ("name", "key_start", "user", "created_at", "expires_at", "last_used_at")
    list_filter = ("created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "key_start")
    exclude = ("key_sha256",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors and passkeys. Deleting one helps a user who has lost it."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ("user", "cursor", "erased_up_to")
    list_select_related = ("user",)
    search_fields = ("user__username",)
