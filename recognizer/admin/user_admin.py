"""Admin pages of users, API tokens and second factors. Accounts are deleted by the same function as
on the account page."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.shortcuts import redirect

from recognizer.accounts.deletion import CannotDeleteAccount, delete_account
from recognizer.accounts.roles import ROLES, sync_role_flags
from recognizer.accounts.sign_in.session_revocation import end_sessions
from recognizer.admin.base_admin import BoundedPaginator, ReadOnlyAdmin
from recognizer.models import ApiToken, Drawing, Feed, User

if TYPE_CHECKING:
    BaseUserAdmin = UserAdmin[User]
else:
    BaseUserAdmin = UserAdmin

admin.site.unregister(Group)  # roles are granted on the page of the user
admin.site.unregister(UserSession)  # users end their sessions themselves
admin.site.unregister(Authenticator)  # the original page shows secrets
for model in (SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)  # the provider comes from the settings


@admin.register(User)
class SiteUserAdmin(BaseUserAdmin):
    list_display = (
        "username",
        "email",
        "role_names",
        "num_drawings",
        "may_teach",
        "is_active",
        "last_login",
    )
    list_filter = ("is_guest", "groups", "is_active", "may_teach", "date_joined")
    search_fields = ("username", "email")
    # Addresses are added and confirmed on the page of e-mail addresses.
    readonly_fields = ("email", "last_login", "date_joined", "may_teach", "may_teach_decided_at")
    filter_horizontal = ()
    show_full_result_count = False
    paginator = BoundedPaginator
    fieldsets = (
        (None, {"fields": ("username", "password", "email")}),
        ("Permissions", {"fields": ("is_active", "groups")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
        ("Consent to training", {"fields": ("may_teach", "may_teach_decided_at")}),
    )

    guest_fieldsets = (
        (None, {"fields": ("username",)}),
        (
            "Guest",
            {
                "fields": ("is_active",),
                "description": "A visitor without an account. Deactivating it ends its session;"
                " within a minute, the guest and all its drawings are deleted permanently.",
            },
        ),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    """Fields of a guest, who has no password, no roles and no consent."""

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is not None and obj.is_guest:
            return self.guest_fieldsets
        return super().get_fieldsets(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        # With those in the trash: without a condition the index alone is read.
        own = Drawing.objects.filter(owner=OuterRef("pk")).order_by()
        counted = Subquery(own.values("owner").annotate(count=Count("pk")).values("count"))
        users = super().get_queryset(request).prefetch_related("groups")
        return users.annotate(drawing_count=Coalesce(counted, 0))

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
        sync_role_flags(form.instance)

    def get_deleted_objects(self, objs: Any, request: Any) -> tuple[Any, Any, set[str], list[str]]:
        """List the accounts only, not their drawings and predictions."""
        named = [f"{user.username} and all drawings" for user in objs]
        refused = {"accounts"} if any(user == request.user for user in objs) else set()
        return named, {"accounts": len(named)}, refused, []

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Admins change their own account on the account pages, which ask for the password."""
        own = ("username", "email", "is_active", "groups") if obj == request.user else ()
        internal = ("username",) if obj is not None and obj.is_guest else ()
        return (*self.readonly_fields, *own, *internal)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Set the password of another user and end the sessions and tokens of that user."""
        if id == str(request.user.pk):
            messages.error(request, "Change your own password here, with the current one.")
            return redirect("account_change_password")
        if User.objects.filter(pk=id, is_guest=True).exists():
            messages.error(request, "Guests have no password.")
            return redirect("admin:recognizer_user_change", id)
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            user = User.objects.get(pk=id)
            end_sessions(user=user)
            get_adapter().send_notification_mail("account/email/password_changed", user)
        return response

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
    """Second factors and passkeys. Deleting one helps another user who has lost it."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.user_id != request.user.pk

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """Delete it with recovery codes that would remain alone, and end the user's sessions."""
        obj.delete()
        delete_dangling_recovery_codes(obj.user)
        end_sessions(user=obj.user)
        get_adapter().send_notification_mail(_removal_mail(obj), obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Authenticator]) -> None:
        for authenticator in queryset.select_related("user"):
            self.delete_model(request, authenticator)


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    list_display = ("user", "cursor", "erased_up_to")
    list_select_related = ("user",)
    search_fields = ("user__username",)


def _removal_mail(factor: Authenticator) -> str:
    """Return the templates that notify a user about a removed second factor."""
    is_passkey = factor.type == Authenticator.Type.WEBAUTHN
    return f"mfa/email/{'webauthn_removed' if is_passkey else 'totp_deactivated'}"
