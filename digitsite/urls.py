"""The root URL configuration."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from recognizer.api import health_and_metrics
from recognizer.views.account.email_confirmation import OwnerConfirmEmailView
from recognizer.views.account.single_sign_on import begin_sign_in

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
    path(
        "accounts/oidc/<str:provider_id>/login/",
        begin_sign_in,
        name="openid_connect_login",
    ),
    # Without the redirects of allauth.urls from addresses of earlier versions.
    path("accounts/", include("allauth.account.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health_and_metrics.healthz, name="healthz"),
    path("readyz", health_and_metrics.readyz, name="readyz"),
    path("metrics", health_and_metrics.show_metrics, name="metrics"),
]

if "debug_toolbar" in settings.INSTALLED_APPS:
    urlpatterns.append(path("__debug__/", include("debug_toolbar.urls")))
