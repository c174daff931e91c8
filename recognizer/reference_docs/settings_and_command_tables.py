"""Tables of settings, metrics and management commands."""

import os
from importlib import import_module

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from prometheus_client import REGISTRY

from recognizer import prometheus_metrics
from recognizer.reference_docs.markdown_tables import format_code, render_table

SETTING_MEANINGS = {
    "DIGITSITE_HOME": "Directory of all state. The site sets its mode to 700.",
    "PORT": "Port of `make run` on 127.0.0.1.",
    "DEBUG": "Show Django's error pages. Never set this on a public site.",
    "STATIC_ROOT": "Directory of the built static files.",
    "STATIC_SOURCES": "Serve scripts and style sheets as they are written, without a build.",
    "HTTPS": "The site is reached over HTTPS: secure cookies, redirects and HSTS.",
    "SECRET_KEY": "Key that signs sessions. All web processes need the same key.",
    "ALLOWED_HOSTS": "Host names of the site.",
    "ORIGINS": "Addresses of the site, as browsers show them. Requests for other hosts are refused,"
    " and forms and websockets from other origins.",
    "SITE_URL": "Address of the site in e-mails.",
    "FORWARDED_ALLOW_IPS": "IP addresses and networks of proxies whose `X-Forwarded-For` and"
    " `X-Forwarded-Proto` are trusted.",
    "DATABASE_URL": "Database: `postgresql://USER:PASSWORD@HOST/NAME`.",
    "REDIS_URL": "Broker: `redis://:PASSWORD@HOST:6379/0`, or `rediss://` for TLS.",
    "QUEUE_URL": "Another Redis for tasks. Empty: `REDIS_URL`.",
    "LAYER_URL": "Another Redis for messages between processes. Empty: `REDIS_URL`.",
    "STORAGE_URL": "Storage of uploads and model files:"
    " `s3://BUCKET/PREFIX?endpoint=URL&region=REGION`.",
    "DRAWINGS_PER_MINUTE": "Budget of a user per minute at each web process, in ordinary drawings"
    " ([costs](http-api.md#costs)).",
    "DRAWINGS_BURST": "Budget that a user may spend at the same moment.",
    "EXPORTS_PER_HOUR": "Exports of data that a user may start per hour.",
    "STORED_BYTES_PER_DAY": "Bytes of drawings that a user may store per day.",
    "SITE_MAX_STORED_BYTES": "Size of the database and `files/` at which the site stores no more"
    " drawings.",
    "MAX_PENDING_DRAWINGS": "Maximum number of drawings of one user without a prediction.",
    "MAX_SOCKETS_PER_USER": "Maximum number of websockets of one user at each web process.",
    "INFERENCE_BATCH_SIZE": "Maximum number of drawings per batch.",
    "SENTRY_DSN": "Address of a Sentry project that receives errors, without data of users.",
    "LOG_FORMAT": "Format of the logs: readable lines, or one JSON object per line.",
    "LOG_TRACES": "Log each stage of a drawing, with the id that its message and response have.",
    "DEVICE": "Device of a worker; `auto` uses a GPU if there is one.",
    "DEFAULT_MODEL_DIR": "Directory of the model that is the champion of a new site.",
    "BUNDLED_MODELS_DIR": "Directory of the bundled models, one subdirectory each.",
    "TRAINING_MAX_ATTEMPTS": "Number of consecutive crashes after which a training run fails.",
    "REHEARSAL_SAMPLES_PER_EPOCH": "Samples of the base data that each epoch of a retraining run"
    " repeats.",
    "RETRAIN_AFTER_NEW_LABELS": "Start a training run after this number of new labels; 0: never.",
    "DRIFT_DAYS": "Number of days on the drift page.",
    "DRIFT_COOLDOWN_DAYS": "Minimum days between a resolved retraining proposal and the next.",
    "HOLDOUT_FRACTION": "Fraction of users whose drawings evaluate models and never train one."
    " At least 0.4 of the first 30 users. The split of a user never changes.",
    "HOLDOUT_MIN_ACCOUNT_DAYS": "Age of an account in days from which its drawings may evaluate"
    " models. A confirmed address or reviewed drawings have the same effect.",
    "HOLDOUT_MIN_REVIEWED_DRAWINGS": "Number of reviewed drawings from which the drawings of a new"
    " account may evaluate models.",
    "IMPORT_MAX_BYTES": "Maximum size of an imported training set; over HTTP 8 MiB.",
    "IMPORT_MAX_UNPACKED_BYTES": "Maximum unpacked size of an imported training set.",
    "IMPORT_MAX_DRAWINGS": "Maximum number of drawings in an imported training set.",
    "REVIEW_LEASE_S": "Seconds for which a review item is reserved for one reviewer.",
    "METRICS_TOKEN": "Bearer token for `/metrics`. Without it only admins can read the metrics.",
    "PROMETHEUS_MULTIPROC_DIR": "Directory in which several web processes of one machine add up"
    " their metrics. Empty it before they start.",
    "TRUSTED_NETWORKS": "Networks such as `192.0.2.0/24` whose addresses many users share. Each"
    " address may sign in and sign up ten times as often.",
    "MFA_REQUIRED_ROLES": "Roles that take effect only while the user has an authenticator app or a"
    " passkey, for example `reviewer, admin`.",
    "PASSWORD_HASHES_AT_ONCE": "Passwords that each web process checks at the same moment.",
    "SIGNUP_OPEN": "Visitors may create accounts.",
    "EMAIL_VERIFICATION": "`mandatory`: users must confirm an address before their first sign-in."
    " Accounts without any address, created by admins, need none.",
    "OIDC_ISSUER": "OpenID Connect provider that users sign in with. Its callback address is"
    " `SITE_URL` and `/accounts/oidc/sso/login/callback/`.",
    "OIDC_CLIENT_ID": "Client id at the provider.",
    "OIDC_CLIENT_SECRET": "Client secret at the provider.",
    "OIDC_NAME": "Name of the provider on the sign-in page.",
    "OIDC_SCOPES": "Scopes that are requested.",
    "OIDC_GROUPS_CLAIM": "Claim with the groups of a user, for example `groups` or"
    " `realm_access.roles`.",
    "OIDC_REVIEWER_GROUPS": "Groups whose members are reviewers. Empty: the role is not changed at"
    " a sign-in.",
    "OIDC_ADMIN_GROUPS": "The same for admins.",
    "LOCAL_SIGN_IN": "Users may sign in with a password or a passkey of this site.",
    "AUDIT_LOG_DAYS": "Days after which audit events are deleted; 0 keeps them.",
    "WEBHOOK_ALLOWED_NETWORKS": "Private networks that [webhooks](webhooks.md) may reach, for"
    " example `10.0.0.0/8`. Plain `http` addresses work there only.",
    "WEBHOOK_TIMEOUT_S": "Seconds after which a receiver must have responded.",
    "WEBHOOK_LOG_DAYS": "Days after which entries of the delivery log are deleted.",
    "GUESTS": "Visitors may draw without an account.",
    "GUESTS_PER_ADDRESS": "Guests that an address may create at the same moment, and then per hour."
    " Addresses of `TRUSTED_NETWORKS` may create ten times as many.",
    "GUESTS_PER_HOUR": "The same for all addresses together.",
    "CHALLENGE_TIMEOUT_S": "Seconds until a challenge takes no more drawings.",
    "CHALLENGE_MIN_DRAWINGS": "Prompted drawings that the models page needs to show an accuracy.",
    "REVISION_RETENTION_DAYS": "Days after which predictions of earlier revisions, with their"
    " rasters, are deleted; 0 keeps them. Drift detection reads the last 35 days.",
    "GUEST_HOURS": "Hours after the last drawing of a guest until its drawings are deleted.",
    "GUEST_BUDGET_FRACTION": "Budget of a guest, as a fraction of the budget of a user.",
    "GUEST_STORED_BYTES": "Bytes of drawings that a guest may store per day.",
    "EMAIL_HOST": "SMTP server. Without it the site has no e-mail: no addresses, no resets.",
    "EMAIL_PORT": "Port of the SMTP server.",
    "EMAIL_HOST_USER": "Username at the SMTP server.",
    "EMAIL_HOST_PASSWORD": "Password at the SMTP server.",
    "EMAIL_USE_TLS": "Use STARTTLS.",
    "EMAIL_USE_SSL": "Use TLS from the start of the connection.",
    "EMAIL_TIMEOUT": "Seconds to wait for each response of the SMTP server.",
    "DEFAULT_FROM_EMAIL": "Sender of e-mails.",
}
COMPUTED_DEFAULTS = {
    "STATIC_ROOT": "`static-built/`",
    "STATIC_SOURCES": "the value of `DEBUG`",
    "ALLOWED_HOSTS": "the hosts in `ORIGINS`",
    "DIGITSITE_HOME": "`var/`",
    "SECRET_KEY": "generated, kept in the state directory",
    "ORIGINS": "`http://localhost:PORT`, `http://127.0.0.1:PORT`",
    "SITE_URL": "first of `ORIGINS`",
    "LOG_TRACES": "`true` with `LOG_FORMAT=json`",
    "EMAIL_PORT": "587, with `EMAIL_USE_SSL` 465",
    "EMAIL_USE_TLS": "`true`, with `EMAIL_USE_SSL` `false`",
    "DEFAULT_FROM_EMAIL": "`digitsite@` and the host of `SITE_URL`",
    "DATABASE_URL": "SQLite in the state directory",
    "REDIS_URL": "private Valkey on a Unix socket",
    "STORAGE_URL": "`files/` in the state directory",
    "DEFAULT_MODEL_DIR": "`ml/weights/inknet`",
    "BUNDLED_MODELS_DIR": "`ml/weights`",
}
"""Defaults that differ between machines, in words."""


def render_settings() -> str:
    """Raises KeyError for a setting without a meaning."""
    declared = import_module(os.environ["DJANGO_SETTINGS_MODULE"]).env.declared
    rows = [
        (
            format_code(name),
            declared[name].type,
            COMPUTED_DEFAULTS.get(name)
            or (format_code(declared[name].default) if declared[name].default else "none"),
            SETTING_MEANINGS[name],
        )
        for name in sorted(declared, key=list(SETTING_MEANINGS).index)
    ]
    return render_table(("setting", "type", "default", "meaning"), rows)


def render_metrics() -> str:
    families = [*REGISTRY.collect(), *prometheus_metrics.QueueCollector().describe()]
    ours = {family.name: family for family in families if family.name.startswith("digitsite_")}
    rows = [
        (
            format_code(f"{name}_total" if family.type == "counter" else name),
            family.type,
            f"{family.documentation}.",
        )
        for name, family in sorted(ours.items())
    ]
    return render_table(("metric", "type", "meaning"), rows)


def render_commands() -> str:
    names = sorted(name for name, app in get_commands().items() if app == "recognizer")
    commands = {name: load_command_class("recognizer", name) for name in names}
    rows = [(_format_usage(name, command), command.help) for name, command in commands.items()]
    return render_table(("command", "effect"), rows)


def _format_usage(name: str, command: BaseCommand) -> str:
    common = {action.dest for action in BaseCommand().create_parser("manage.py", "")._actions}
    actions = command.create_parser("manage.py", name)._actions
    own = [action for action in actions if action.dest not in common]
    positional = [str(action.metavar) for action in own if not action.option_strings]
    optional = [f"[{action.option_strings[0]}]" for action in own if action.option_strings]
    return format_code(" ".join([name, *positional, *optional]))
