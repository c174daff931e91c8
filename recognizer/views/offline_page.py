"""The drawing page without a network, and the service worker that serves it."""

import json
import re
from hashlib import sha256
from typing import Any, Final, TypedDict

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

CHECK_FOR_UPDATE_S: Final = 3600
FILE_REFERENCE = re.compile(r'(?:src|href)="(/static/[^"]+)"')
PREVIEW_WORKER: Final = "js/inference/worker.js"


class Build(TypedDict):
    """The page and its files. `version` changes with any of them."""

    version: str
    page: str
    files: list[str]


@require_safe
def show_offline_page(request: HttpRequest) -> HttpResponse:
    """Show the drawing page of no user: browsers keep it, and other users may see it."""
    request.user = AnonymousUser()
    return render(request, "draw/draw.html", _page_context())


@require_safe
@cache_control(public=True, max_age=CHECK_FOR_UPDATE_S)
def show_service_worker(request: HttpRequest) -> HttpResponse:
    """Its path is at the root of the site, because that decides which pages it may serve."""
    script = render_to_string("draw/service_worker.js", {"build": json.dumps(read_build())})
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


def service_worker_url() -> str:
    """Return the URL for pages; empty in development, where the files have no hashed names."""
    return "" if settings.STATIC_SOURCES else reverse("service_worker")


def read_build() -> Build:
    page = render_to_string("draw/draw.html", _page_context())
    files = {*FILE_REFERENCE.findall(page), static(PREVIEW_WORKER)}
    version = sha256(page.encode()).hexdigest()[:16]
    return {"version": version, "page": reverse("offline_page"), "files": sorted(files)}


def _page_context() -> dict[str, Any]:
    """Return nothing of the database: all web processes must name the same version."""
    return {
        "is_offline_page": True,
        "messages": None,
        "model_names": {},
        "picture_max_bytes": settings.PICTURE_MAX_BYTES,
        "picture_max_pixels": settings.PICTURE_MAX_PIXELS,
    }
