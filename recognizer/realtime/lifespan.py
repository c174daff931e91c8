"""ASGI lifespan of the web process: start and stop of its background work."""

from __future__ import annotations

import asyncio
import gc
import logging

from django.db import DatabaseError

from recognizer import ingest
from recognizer.db.query_thread_pool import DatabaseUnavailable, run_query
from recognizer.messaging.site_claim import RedisInUse, claim_redis
from recognizer.realtime.asgi_types import Receive, Scope, Send
from recognizer.realtime.event_delivery_hub import get_hub

log = logging.getLogger(__name__)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # lifespan.startup
    try:
        await run_query(claim_redis)
    except RedisInUse as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    except (DatabaseUnavailable, DatabaseError) as error:  # the site starts, and is not ready
        log.warning("Cannot check whether another site uses this Redis: %r", error)
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
