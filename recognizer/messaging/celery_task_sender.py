"""Sending of Celery tasks by name, over one connection whose operations all have timeouts."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

from celery import Celery
from kombu import Connection, Producer

from recognizer.base_errors import DomainError
from recognizer.messaging.message_signing import SIGNED_JSON
from recognizer.messaging.redis_client import NO_RETRY, redis_options
from recognizer.messaging.redis_keys import redis_key
from recognizer.protocol import RECOGNITION_QUEUE, RECOGNIZE_TASK

CONNECT_TIMEOUT_S = 2.0
SOCKET_TIMEOUT_S = 3.0

# A worker waits for its next task without a timeout: after a network failure, only TCP keepalive
# detects that its connection is dead.
_KEEPALIVE_OPTIONS = {
    getattr(socket, name): value
    for name, value in (
        ("TCP_KEEPIDLE", 3),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 5000),
    )
    if hasattr(socket, name)
}

RETRY_AFTER_S = 2


class CannotPublish(DomainError):
    """The broker is unavailable or does not respond. The rows wait; the sweep sends them again.

    `str()` gives the cause, for logs; `message` is for users.
    """

    code = "unavailable"
    status = 503

    def __init__(self, cause: str) -> None:
        super().__init__(
            "The workers cannot be reached at the moment. Please try again.",
            retry_after_s=RETRY_AFTER_S,
        )
        self.cause = cause

    def __str__(self) -> str:
        return self.cause


def broker_config() -> dict[str, Any]:
    """Return the Celery settings of the broker, for web processes and workers, without the prefix
    of the site, which `set_key_prefix` adds."""
    options = redis_options("queue")
    return {
        # kombu writes a unix socket as redis+socket://
        "broker_url": options.pop("url").replace("unix://", "redis+socket://", 1),
        "broker_use_ssl": options or None,
        "broker_connection_timeout": CONNECT_TIMEOUT_S,
        "broker_transport_options": {
            "socket_timeout": SOCKET_TIMEOUT_S,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_keepalive": True,
            "socket_keepalive_options": _KEEPALIVE_OPTIONS,
            "health_check_interval": 1,
            # Keeping a copy of each task until it is done would send the ink twice and cost two
            # round trips. The rows already show which drawings are unfinished.
            "ack_emulation": False,
        },
        "task_default_queue": RECOGNITION_QUEUE,
        "task_serializer": SIGNED_JSON,
        "accept_content": [SIGNED_JSON],
        "task_ignore_result": True,
        "task_publish_retry": False,
        "task_send_sent_event": False,
    }


def set_key_prefix(app: Celery) -> None:
    """Give the queues of an application the prefix of this site. May query the database."""
    app.conf.broker_transport_options = {
        **app.conf.broker_transport_options,
        "global_keyprefix": redis_key(""),
    }


class TaskSender:
    """A sender of tasks, for one thread.

    It reconnects after an error, so that sending takes at most the timeouts above.
    """

    def __init__(self) -> None:
        self._app = Celery("digitsite", set_as_current=False, changes=broker_config())
        self._connection: Connection | None = None
        self._producer: Producer | None = None

    def send(self, payload: str, *, queue: str = RECOGNITION_QUEUE) -> None:
        """Send a recognition batch. Raises CannotPublish."""
        self.send_task(RECOGNIZE_TASK, payload, queue=queue)

    def send_task(self, name: str, *arguments: str, queue: str) -> None:
        """Send a task. Raises CannotPublish."""
        try:
            self._publish(name, arguments, queue)
        except Exception as error:  # kombu, redis and the system each raise their own errors
            self.close()
            raise CannotPublish(repr(error)) from error

    def count_waiting(self, queue: str = RECOGNITION_QUEUE) -> int:
        """Return the number of tasks that no worker has taken. Raises CannotPublish."""
        try:
            return int(self._channel().client.llen(queue))
        except Exception as error:
            self.close()
            raise CannotPublish(repr(error)) from error

    def close(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            with suppress(Exception):  # the connection may be broken
                connection.release()

    def _publish(self, name: str, arguments: tuple[str, ...], queue: str) -> None:
        connection = self._get_connection()
        if self._producer is None:
            self._producer = self._app.amqp.Producer(connection)
        self._app.send_task(name, args=arguments, queue=queue, producer=self._producer, retry=False)

    def _get_connection(self) -> Connection:
        if self._connection is None:
            set_key_prefix(self._app)
            self._connection = self._app.connection_for_write()
            # By default redis-py sleeps and retries before it reports an unavailable server.
            self._channel().pool.connection_kwargs["retry"] = NO_RETRY
        return self._connection

    def _channel(self) -> Any:
        """Return kombu's channel, which has the Redis client and its pool."""
        return self._get_connection().default_channel
