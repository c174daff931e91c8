"""The admin site, for admins only. It uses the login of the site, so that MFA applies here too.

It is imported before the models.
"""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


class DigitsiteAdminSite(AdminSite):
    site_header = site_title = f"{settings.SITE_NAME} admin"
    index_title = "Stored data"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and getattr(request.user, "is_admin", False)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Ask for the password before each change, unless it was confirmed recently.

        A session that was stolen for a moment could otherwise change every account.
        """
        from allauth.account.decorators import reauthentication_required  # needs the apps

        def is_change(request: HttpRequest) -> bool:
            is_safe = request.method in ("GET", "HEAD", "OPTIONS")
            return not is_safe and self.has_permission(request)

        guarded = super().admin_view(view, cacheable)
        if view == self.logout:
            return guarded
        return reauthentication_required(guarded, enabled=is_change)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Redirect to the page of the site, which also ends the other sessions."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_urls(self) -> list[Any]:
        """Leave out `view_on_site`: no row has a page, and the view fails on an invalid id."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the login page of the site; 403 for a signed-in user who is not an admin."""
        from django.contrib.auth.views import redirect_to_login  # needs the apps to be loaded

        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or index, settings.LOGIN_URL)


class DigitsiteAdminConfig(AdminConfig):
    """Replacement of `django.contrib.admin` in INSTALLED_APPS."""

    default_site = "recognizer.admin_site.DigitsiteAdminSite"
