"""What the web process starts before its first request and ends after its last."""

from __future__ import annotations

import asyncio
import gc

from recognizer import ingest
from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.hub import get_hub


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
    """What is loaded by now stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
