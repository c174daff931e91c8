"""Health checks and Prometheus metrics."""

from collections.abc import Callable
from hmac import compare_digest

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from recognizer.accounts.api_tokens import authenticate_token
from recognizer.messaging.redis_client import connect_redis, list_servers
from recognizer.middleware.untrusted_proxies import has_untrusted_proxy
from recognizer.models import User
from recognizer.prometheus_metrics import render_metrics

CHECK_TIMEOUT_S = 2.0

_are_applied = False


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Return 200 while the process runs, without a query."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Return 200 if the process can serve, else 503 with the failed checks in `missing`.

    `warnings` names faults of the set-up with which the site serves.
    """
    missing = [name for name, works in CHECKS.items() if not works()]
    if missing:
        return JsonResponse({"status": "not ready", "missing": missing}, status=503)
    if has_untrusted_proxy():
        return JsonResponse({"status": "ok", "warnings": ["untrusted_proxy"]})
    return JsonResponse({"status": "ok"})


@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics to admins (session or token) and to clients with METRICS_TOKEN."""
    if not _has_metrics_token(request):
        user = _authenticate_user(request)
        if user is None:
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        if not user.is_admin:
            return HttpResponse(status=403)
    return HttpResponse(render_metrics(), content_type=CONTENT_TYPE_LATEST)


def _has_metrics_token(request: HttpRequest) -> bool:
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    return bool(expected) and word == "Bearer" and compare_digest(token.encode(), expected.encode())


def _authenticate_user(request: HttpRequest) -> User | None:
    """Return the user of the session, or of an API token (`Token KEY` or `Bearer KEY`)."""
    if request.user.is_authenticated:
        return request.user
    word, _, key = request.headers.get("Authorization", "").partition(" ")
    return authenticate_token(key.strip()) if word.lower() in ("token", "bearer") else None


def _is_database_up() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _has_applied_migrations() -> bool:
    """Return whether all migrations are applied. A positive result is cached: it cannot change
    while this process runs."""
    global _are_applied
    if not _are_applied:
        try:
            executor = MigrationExecutor(connection)
            _are_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _are_applied


def _is_broker_up() -> bool:
    try:
        for use in list_servers():
            with connect_redis(use=use, timeout_s=CHECK_TIMEOUT_S) as client:
                client.ping()
    except redis.RedisError:
        return False
    return True


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _is_database_up,
    "migrations": _has_applied_migrations,
    "broker": _is_broker_up,
}
