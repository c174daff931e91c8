"""The generated tables of the documentation."""

import os
from importlib import import_module
from typing import get_args, get_type_hints

from django.core.management import call_command

from recognizer import protocol
from recognizer.protocol.client_websocket_messages import CLIENT_MESSAGES, SERVER_MESSAGES
from recognizer.reference_docs.settings_and_command_tables import SETTING_MEANINGS


def test_tables_are_current(db: None) -> None:
    call_command("write_docs", check=True)


def test_every_setting_has_a_meaning() -> None:
    assert set(SETTING_MEANINGS) == set(
        import_module(os.environ["DJANGO_SETTINGS_MODULE"]).env.declared
    )


def test_every_message_type_has_a_shape() -> None:
    assert _types(CLIENT_MESSAGES) == set(protocol.CLIENT_MESSAGE_TYPES)
    assert _types(SERVER_MESSAGES) == set(protocol.SERVER_MESSAGE_TYPES)


def _types(messages: tuple[type, ...]) -> set[str]:
    return {get_args(get_type_hints(message)["type"])[0] for message in messages}
