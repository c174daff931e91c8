"""The admin site: for admins only, and signing in is the site's own, so that a second factor
holds here too. Imported before the models are."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


class DigitsiteAdminSite(AdminSite):
    site_header = site_title = f"{settings.SITE_NAME} admin"
    index_title = "Everything that is stored"

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and getattr(request.user, "is_admin", False)

    def get_urls(self) -> list[Any]:
        """Without Django's way from a row to its page: no row here has one, and it breaks on an id
        that is none."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """To the site's own login page; 403 for somebody who is signed in and no admin."""
        from django.contrib.auth.views import redirect_to_login  # needs the apps to be loaded

        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(index)
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or index, settings.LOGIN_URL)


class DigitsiteAdminConfig(AdminConfig):
    """Takes the place of `django.contrib.admin` in INSTALLED_APPS."""

    default_site = "recognizer.admin_site.DigitsiteAdminSite"
