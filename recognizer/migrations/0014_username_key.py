"""Usernames that are unique without regard to case, width and composed letters."""

import itertools
import unicodedata
from typing import Any

import recognizer.accounts.username_rules
import recognizer.models.user_and_api_token
from django.db import migrations, models

MAX_USERNAME_LENGTH = 150
BATCH_SIZE = 1_000


def store_keys(apps: Any, schema_editor: Any) -> None:
    """Store the key of each name. Of several accounts with one key, the oldest keeps its name."""
    users = apps.get_model("recognizer", "User").objects.using(schema_editor.connection.alias)
    rows = list(users.order_by("pk").only("pk", "username"))
    used = {_username_key(user.username) for user in rows}
    stored: set[str] = set()
    for user in rows:
        name = user.username
        if _username_key(name) in stored:
            user.username = _find_free_name(name, used)
            print(f"\n  Renamed user {user.pk} from {name!r} to {user.username!r}", end="")
        user.username_key = _username_key(user.username)
        used.add(user.username_key)
        stored.add(user.username_key)
    users.bulk_update(rows, ["username", "username_key"], batch_size=BATCH_SIZE)


def _find_free_name(name: str, used: set[str]) -> str:
    for number in itertools.count(2):
        suffix = f"-{number}"
        candidate = name[: MAX_USERNAME_LENGTH - len(suffix)] + suffix
        if _username_key(candidate) not in used:
            return candidate
    raise AssertionError


def _username_key(username: str) -> str:
    composed = unicodedata.normalize("NFKC", username)
    return unicodedata.normalize("NFKC", composed.casefold())


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0013_user_manager")]
    operations = [
        migrations.AlterField(
            model_name="user",
            name="username",
            field=models.CharField(
                error_messages={"unique": "A user with that username already exists."},
                max_length=MAX_USERNAME_LENGTH,
                unique=True,
                validators=[recognizer.accounts.username_rules.validate_username],
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="username_key",
            field=models.CharField(editable=False, max_length=450, null=True),
        ),
        migrations.RunPython(store_keys, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="user",
            name="username_key",
            field=recognizer.models.user_and_api_token.UsernameKeyField(
                editable=False, max_length=450, unique=True
            ),
        ),
    ]
