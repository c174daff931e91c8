"""What the web process starts before its first request and ends after its last."""

from __future__ import annotations

import asyncio
import gc

from recognizer import intake
from recognizer.live.asgi import Receive, Scope, Send
from recognizer.live.hub import this_hub


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # lifespan.startup
    this_hub().start()
    _settle()
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    await this_hub().stop()
    await asyncio.to_thread(intake.close)
    await send({"type": "lifespan.shutdown.complete"})


def _settle() -> None:
    """What is loaded by now stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
