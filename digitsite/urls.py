"""Which part of the site answers which address."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("recognizer.pages.urls")),
    path("api/v1/", include("recognizer.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
