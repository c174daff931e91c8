"""The ASGI application of the web process (docs/deploy.md has the flags of uvicorn)."""

import os
import sys

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

# A page takes milliseconds of processor time in its thread. With Python's default of 5 ms, each
# step of a drawing on the event loop would wait that long for the interpreter lock.
sys.setswitchinterval(0.0005)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")
http = get_asgi_application()

from recognizer.middleware.body_size_limit import limit_body_size  # noqa: E402
from recognizer.middleware.early_refusal import refuse_over_budget  # noqa: E402
from recognizer.middleware.parallel_requests import limit_parallel_requests  # noqa: E402
from recognizer.middleware.served_hosts import serve_known_hosts  # noqa: E402
from recognizer.middleware.untrusted_proxies import notice_untrusted_proxies  # noqa: E402
from recognizer.realtime.lifespan import lifespan  # noqa: E402 - models load after Django's set-up
from recognizer.realtime.routing import websocket_router  # noqa: E402

_protocols = notice_untrusted_proxies(
    ProtocolTypeRouter(
        {
            "http": refuse_over_budget(limit_body_size(limit_parallel_requests(http))),
            "websocket": websocket_router,
            "lifespan": lifespan,
        }
    )
)
application = serve_known_hosts(_protocols)
