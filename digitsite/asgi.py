"""The web process: `uvicorn digitsite.asgi:application` (docs/deploy.md has the flags)."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
http = get_asgi_application()

from recognizer.live.lifespan import lifespan  # noqa: E402 - models load after Django's set-up
from recognizer.live.routing import sockets  # noqa: E402
from recognizer.request_size import bound_requests  # noqa: E402

application = ProtocolTypeRouter(
    {"http": bound_requests(http), "websocket": sockets, "lifespan": lifespan}
)
