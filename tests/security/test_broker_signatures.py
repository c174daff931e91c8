"""A client that reaches the broker without SECRET_KEY changes no page and starts no work."""

import asyncio
import base64
import json
from typing import Any

import orjson
import pytest
from django.core.signing import Signer
from kombu.exceptions import DecodeError
from kombu.serialization import loads

from recognizer.explanations import cache
from recognizer.explanations.explanation_inputs import ExplanationSubject
from recognizer.messaging.celery_task_sender import TaskSender
from recognizer.messaging.channel_layer import CHANNEL_GROUP, load_channel_layer
from recognizer.messaging.event_publisher import decode_message, encode_message
from recognizer.messaging.message_signing import InvalidSignature, sign_text
from recognizer.messaging.redis_client import connect_redis
from recognizer.messaging.redis_keys import redis_key
from recognizer.models import User
from recognizer.protocol import RECOGNITION_QUEUE
from tests.fixtures.broker_process import BrokerProcess
from tests.fixtures.socket_client import SocketClient

EVENT = {"type": "label", "id": "x", "claim": 3}


def _changes(user: User) -> dict[str, Any]:
    envelope = (user.pk, 10**6, "x", "", orjson.dumps(EVENT).decode())
    return {"type": "changes", "batch": "", "changes": [envelope], "from": "elsewhere"}


def _forgeries(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    text = orjson.dumps(message).decode()
    signed = encode_message(message)["text"]
    return {
        "not signed": message,
        "empty signature": {"type": "signed", "text": f"{text}:"},
        "no signature": {"type": "signed", "text": text},
        "another key": {"type": "signed", "text": Signer(key="guessed").sign(text)},
        "changed text": {"type": "signed", "text": signed.replace("label", "queue")},
        "another purpose": {"type": "signed", "text": sign_text(text, purpose="task")},
        "no text": {"type": "signed", "text": {"a": 1}},
        "nothing": {},
    }


def _send(*messages: dict[str, Any]) -> None:
    layer = load_channel_layer.__wrapped__()

    async def send() -> None:
        for message in messages:
            await layer.group_send(CHANNEL_GROUP, message)
        await layer.flush()

    asyncio.run(send())


def test_forged_messages_reach_no_page(socket_client: SocketClient, owner: User) -> None:
    socket_client.can_store_drawing()
    _send(*_forgeries(_changes(owner)).values())
    _send(encode_message({**_changes(owner), "batch": "end"}))  # signed, so it arrives
    assert socket_client.receive("label")["id"] == "x"
    labels = [one for one in socket_client.received if one["type"] == "label"]
    assert len(labels) == 1
    assert socket_client.can_store_drawing()


@pytest.mark.django_db
def test_a_signed_message_is_read(owner: User) -> None:
    message = _changes(owner)
    assert decode_message(encode_message(message)) == json.loads(json.dumps(message))
    for forged in _forgeries(message).values():
        with pytest.raises(InvalidSignature):
            decode_message(forged)


@pytest.mark.django_db
def test_a_task_of_another_key_is_not_read(valkey: BrokerProcess) -> None:
    sender = TaskSender()
    sender.send("payload")
    sender.close()
    with connect_redis(decode=True) as client:
        [raw] = client.lrange(redis_key(RECOGNITION_QUEUE), 0, -1)
    message = json.loads(str(raw))
    content_type = message["content-type"]
    body = base64.b64decode(message["body"]).decode()
    arguments = loads(body, content_type, "utf-8", accept={content_type})
    assert arguments[0] == ["payload"]
    for forged in (body.replace("payload", "paylord"), body.rpartition(":")[0], "[[], {}, {}]"):
        with pytest.raises(DecodeError):
            loads(forged, content_type, "utf-8", accept={content_type})


@pytest.mark.django_db
def test_a_forged_explanation_counts_as_missing(valkey: BrokerProcess) -> None:
    key = cache.build_key(ExplanationSubject.parse("example:0"), "steps", "sha")
    other = cache.build_key(ExplanationSubject.parse("example:1"), "steps", "sha")
    cache.save_explanation(key, '{"a": 1}')
    assert cache.load_entry(key).text == '{"a": 1}'
    with connect_redis(decode=True) as client:
        client.set(other, str(client.get(key)))  # signed, for another drawing
        client.set(key, '{"a": 2}')
    assert cache.load_entry(key).text == ""
    assert cache.load_entry(other).text == ""
