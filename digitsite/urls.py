"""The root URL configuration."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from recognizer.api import health_and_metrics
from recognizer.views.account.email_confirmation import OwnerConfirmEmailView

handler400 = "recognizer.error_views.bad_request"
handler403 = "recognizer.error_views.permission_denied"
handler404 = "recognizer.error_views.page_not_found"
handler429 = "recognizer.retry_page.too_many_requests"  # allauth calls it
handler500 = "recognizer.error_views.server_error"

urlpatterns = [
    path("", include("recognizer.views.urls")),
    path("api/v1/", include("recognizer.api.urls")),
    re_path(
        r"^accounts/confirm-email/(?P<key>[-:\w]+)/$",
        OwnerConfirmEmailView.as_view(),
        name="account_confirm_email",
    ),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health_and_metrics.healthz, name="healthz"),
    path("readyz", health_and_metrics.readyz, name="readyz"),
    path("metrics", health_and_metrics.show_metrics, name="metrics"),
]

if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
