"""ASGI lifespan of the web process: start and stop of its background work."""

from __future__ import annotations

import asyncio
import gc

from recognizer import ingest
from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.event_delivery_hub import get_hub


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # lifespan.startup
    get_hub().start()
    _freeze_gc()
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    await get_hub().stop()
    await asyncio.to_thread(ingest.close)
    await send({"type": "lifespan.shutdown.complete"})


def _freeze_gc() -> None:
    """Exclude the loaded modules from garbage collection, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
