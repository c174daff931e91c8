"""Asks a site on this machine whether it lives (/healthz) or can serve (/readyz).

`python -m digitsite.readiness [path]` exits with 0 when it does; containers' health checks use it.
"""

import http.client
import sys

from django.conf import settings


def is_ready(path: str = "/readyz", *, timeout_s: float = 3) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=timeout_s)
    # As the proxy before us would ask: by a name that is allowed, and over https if that is asked.
    headers = {"Host": _host(), "X-Forwarded-Proto": "https" if settings.HTTPS else "http"}
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _host() -> str:
    first: str = next(iter(settings.ALLOWED_HOSTS), "localhost")
    return "localhost" if first == "*" else first.lstrip(".")


if __name__ == "__main__":
    sys.exit(0 if is_ready(*sys.argv[1:2]) else 1)
