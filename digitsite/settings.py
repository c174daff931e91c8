"""Django settings. Each environment variable is read once, typed and validated."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from digitsite.email_settings import read_email_settings
from digitsite.error_reports import parse_sentry_dsn, start_error_reports
from digitsite.oidc_settings import read_oidc_settings
from digitsite.redis_url import REDIS_SCHEMES, parse_redis_url
from digitsite.setting_values import (
    check_secret,
    host_of_origin,
    is_loopback,
    parse_host_name,
    parse_origin,
    parse_trusted_proxy,
    port_of_origin,
)
from digitsite.state_dir import broker_socket_path, ensure_private_dir, load_secret_key
from digitsite.storage_url import parse_storage_url
from digitsite.typed_env import Environment
from recognizer.db.postgres_connection import GuardedConnection

ROOT = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

# The site and its address.
STATE_DIR = env.parse(
    "DIGITSITE_HOME",
    str(ROOT / "var"),
    "text",
    lambda path: ensure_private_dir(Path(path).resolve()),
    fallback=ROOT / "var",
)
PORT = env.integer("PORT", 8000, minimum=1, maximum=65535)
DEBUG = env.boolean("DEBUG", default=False)
HTTPS = env.boolean("HTTPS", default=False)
_SCHEME = "https" if HTTPS else "http"
ORIGINS = env.csv_list(
    "ORIGINS", [f"{_SCHEME}://{host}:{PORT}" for host in ("localhost", "127.0.0.1")], parse_origin
)
ALLOWED_HOSTS = env.csv_list("ALLOWED_HOSTS", list(map(host_of_origin, ORIGINS)), parse_host_name)
# uvicorn reads the variable itself.
FORWARDED_ALLOW_IPS = env.csv_list("FORWARDED_ALLOW_IPS", ["127.0.0.1"], parse_trusted_proxy)
SITE_URL = env.parse("SITE_URL", ORIGINS[0], "text", parse_origin, fallback=ORIGINS[0])
_SITE_PORT = port_of_origin(ORIGINS[0])
env.check_origins(ORIGINS, site_url=SITE_URL, allowed_hosts=ALLOWED_HOSTS, https=HTTPS)
IS_PUBLIC = HTTPS or not all(map(is_loopback, ORIGINS))
_check_if_public = check_secret if IS_PUBLIC else str
SECRET_KEY = env.parse(
    "SECRET_KEY",
    "",
    "text",
    lambda text: _check_if_public(text) or ("" if env.errors else load_secret_key(STATE_DIR)),
    fallback="",
)
CSRF_TRUSTED_ORIGINS = ORIGINS
CSRF_FAILURE_VIEW = "recognizer.error_views.csrf_failure"

ROOT_URLCONF = "digitsite.urls"
ASGI_APPLICATION = "digitsite.asgi.application"
AUTH_USER_MODEL = "recognizer.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_NAME = "Digitsite"

INSTALLED_APPS = [
    "recognizer.admin_site.DigitsiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "csp",
    "recognizer",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "recognizer.middleware.page_compression.PageCompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "recognizer.middleware.private_responses.PrivateResponseMiddleware",
    "recognizer.middleware.control_characters.ControlCharacterMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "recognizer.audit.request_actor.AuditMiddleware",
    "recognizer.middleware.page_user_check.PageUserMiddleware",
    "recognizer.middleware.guest_access.GuestAccessMiddleware",
    "recognizer.views.time_zone.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "recognizer.views.sign_out_headers.SignOutHeadersMiddleware",
    "recognizer.views.account.required_password_change.RequiredPasswordChangeMiddleware",
    "recognizer.middleware.local_sign_in.LocalSignInMiddleware",
    "recognizer.views.access_decorators.DomainErrorMiddleware",
    "recognizer.middleware.request_budget.RequestBudgetMiddleware",
]

# The debug toolbar is a development package: `make run` works without it.
if DEBUG and find_spec("debug_toolbar"):
    INSTALLED_APPS.append("debug_toolbar")
    # After the CSP middleware: its scripts and styles use the nonce of that middleware.
    MIDDLEWARE.insert(
        MIDDLEWARE.index("csp.middleware.CSPMiddleware") + 1,
        "debug_toolbar.middleware.DebugToolbarMiddleware",
    )
    INTERNAL_IPS = ["127.0.0.1", "::1"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "recognizer.views.context_processors.enabled_features",
                "recognizer.views.context_processors.csrf_cookie",
                "recognizer.views.context_processors.site_url",
            ],
            "libraries": {"model_names": "recognizer.views.model_display_names"},
        },
    },
]

# The database: SQLite on one machine, PostgreSQL for more (docs/deploy.md).
DATABASE_URL = env.url(
    "DATABASE_URL",
    f"sqlite:///{quote(str(STATE_DIR / 'db.sqlite3'))}",
    ["sqlite", "postgresql", "postgres"],
)
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(DATABASE_URL)}
# SQLite reads this part of its file by mapping it, without a system call and a copy for each page.
SQLITE_MAPPED_BYTES = 2 * 1024**3
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        f" PRAGMA temp_store=MEMORY; PRAGMA mmap_size={SQLITE_MAPPED_BYTES};",
    }
else:
    # After a restart of the server each broken connection in the pool would cause one 503.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # PgBouncer in transaction mode may read the next rows of a cursor through another connection.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    # Clients close connections to a server that does not respond; see also GuardedConnection.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 3000,
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        "keepalives_count": 3,
        # Options in the query of the URL, for example sslmode, take precedence.
        **DATABASES["default"].get("OPTIONS", {}),
        "pool": {
            "min_size": 1,
            "max_size": 16,
            "timeout": 5,
            "reconnect_timeout": 3,
            "connection_class": GuardedConnection,
        },
    }

# The broker: a private Valkey in the state directory, or a server.
REDIS_URL, REDIS_TLS = parse_redis_url(
    env.url("REDIS_URL", f"unix://{broker_socket_path(STATE_DIR)}", REDIS_SCHEMES)
)
# Other servers for tasks and for messages between processes; empty: REDIS_URL.
QUEUE_URL, QUEUE_TLS = parse_redis_url(
    env.url("QUEUE_URL", "", REDIS_SCHEMES), name="QUEUE_URL", is_required=False
)
LAYER_URL, LAYER_TLS = parse_redis_url(
    env.url("LAYER_URL", "", REDIS_SCHEMES), name="LAYER_URL", is_required=False
)

# Sign-in attempts are counted in the database: across all web processes, and without the broker.
CACHES = {
    "default": {
        "BACKEND": "recognizer.db.json_cache.JsonDatabaseCache",
        "LOCATION": "recognizer_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Recognition (docs/architecture.md).
INFERENCE_BATCH_SIZE = env.integer("INFERENCE_BATCH_SIZE", 128, minimum=1, maximum=128)
RECOGNITION_LEASE_S = 2.0
RECOGNITION_MAX_WORK_S = 30.0  # a batch that takes longer is left to another worker
RECOGNITION_MAX_ATTEMPTS = 3
DEVICE = env.choice("DEVICE", "auto", ["auto", "cpu", "cuda"])
DEFAULT_MODEL_DIR = Path(
    env.text("DEFAULT_MODEL_DIR", str(ROOT / "ml" / "weights" / "inknet"))
).resolve()
BUNDLED_MODELS_DIR = Path(env.text("BUNDLED_MODELS_DIR", str(ROOT / "ml" / "weights"))).resolve()
# prometheus_client reads the variable itself.
PROMETHEUS_MULTIPROC_DIR = env.parse(
    "PROMETHEUS_MULTIPROC_DIR",
    "",
    "text",
    lambda path: path and str(ensure_private_dir(Path(path).resolve())),
    fallback="",
)
METRICS_TOKEN = env.parse("METRICS_TOKEN", "", "text", _check_if_public, fallback="")

# Training runs. A training process renews its lease. If it dies before it completes another
# epoch, that counts as an attempt.
TRAINING_LEASE_S = 30.0
TRAINING_MAX_ATTEMPTS = env.integer("TRAINING_MAX_ATTEMPTS", 4, minimum=1)
REHEARSAL_SAMPLES_PER_EPOCH = env.integer(
    "REHEARSAL_SAMPLES_PER_EPOCH", 20_000, minimum=100, maximum=200_000
)
RETRAIN_AFTER_NEW_LABELS = env.integer("RETRAIN_AFTER_NEW_LABELS", 0, minimum=0)

# Drift: the number of days shown, and the pause after a proposal was resolved.
DRIFT_DAYS = env.integer("DRIFT_DAYS", 60, minimum=7, maximum=60)
DRIFT_COOLDOWN_DAYS = env.integer("DRIFT_COOLDOWN_DAYS", 14, minimum=0, maximum=365)

# Training sets: the fraction of users whose drawings evaluate models and never train one, and the
# limits of an imported file.
HOLDOUT_FRACTION = env.fraction("HOLDOUT_FRACTION", 0.3)
# New accounts are free. One of these, or a confirmed address, lets a user enter the holdout.
HOLDOUT_MIN_ACCOUNT_DAYS = env.integer("HOLDOUT_MIN_ACCOUNT_DAYS", 3, minimum=0, maximum=365)
HOLDOUT_MIN_REVIEWED_DRAWINGS = env.integer("HOLDOUT_MIN_REVIEWED_DRAWINGS", 5, minimum=1)
IMPORT_MAX_BYTES = env.integer("IMPORT_MAX_BYTES", 256 * 1024 * 1024, minimum=1)
IMPORT_MAX_UNPACKED_BYTES = env.integer("IMPORT_MAX_UNPACKED_BYTES", 1024 * 1024 * 1024, minimum=1)
IMPORT_MAX_DRAWINGS = env.integer("IMPORT_MAX_DRAWINGS", 200_000, minimum=1)
IMPORT_MAX_LINE_BYTES = 512 * 1024
IMPORT_MAX_ERRORS_SHOWN = 20
IMPORT_CHECK_TIMEOUT_S = 5.0

# Review: an undecided item goes to another reviewer after this time.
REVIEW_LEASE_S = env.integer("REVIEW_LEASE_S", 120, minimum=5, maximum=3600)

# Limits of one drawing, one request and one websocket message.
INK_MAX_STROKES = 200
INK_MAX_POINTS = 5_000
INK_MAX_COORDINATE = 100_000
DRAWING_MAX_AGE_S = 7 * 24 * 3600  # of a drawing that was kept without a network
WS_MAX_MESSAGE_BYTES = 256 * 1024
PICTURE_MAX_BYTES = 5 * 1024 * 1024
PICTURE_MAX_PIXELS = 1_000_000
BATCH_MAX_DRAWINGS = 256
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # of a body; the rest is in a temporary file
RESTORE_WINDOW_S = 600

# The budget of a user, and ten times as much for the anonymous requests of an address, in each web
# process (docs/decisions/0004). Its unit is an ordinary drawing. The routes of each cost are in
# recognizer/request_costs.py.
DRAWINGS_PER_MINUTE = env.integer("DRAWINGS_PER_MINUTE", 600, minimum=1)
DRAWINGS_BURST = env.integer("DRAWINGS_BURST", 120, minimum=1)
REQUEST_COSTS = {
    "free": 0,
    "image": 0.25,
    "read": 1,
    "page": 3,
    "change": 1,
    "drawing": 1,
    "picture": 30,
    "claim": 1,
    "review": 1,
    "side_by_side": 2,
    "explanation": 10,
    "evaluation": 30,
    "training": 30,
    "import": 60,
    "export": 60,
}
EXPORTS_PER_HOUR = env.integer("EXPORTS_PER_HOUR", 2, minimum=1)
STORED_BYTES_PER_DAY = env.integer("STORED_BYTES_PER_DAY", 256 * 1024 * 1024, minimum=1)
SITE_MAX_STORED_BYTES = env.integer("SITE_MAX_STORED_BYTES", 50 * 1024**3, minimum=1, maximum=2**60)
REVISION_RETENTION_DAYS = env.integer("REVISION_RETENTION_DAYS", 0, minimum=0, maximum=36_500)
LIST_MAX_BYTES = 256 * 1024
MAX_PENDING_DRAWINGS = env.integer("MAX_PENDING_DRAWINGS", 200, minimum=1)
MAX_SOCKETS_PER_USER = env.integer("MAX_SOCKETS_PER_USER", 8, minimum=1)
SOCKET_AUTH_INTERVAL_S = 1.0

# Guests: visitors who draw without an account (docs/access.md). Their limits are fractions of those
# of a user, and each address may create so many of them at the same moment and then per hour.
GUESTS = env.boolean("GUESTS", default=True)
GUESTS_PER_ADDRESS = env.integer("GUESTS_PER_ADDRESS", 120, minimum=1)
GUESTS_PER_HOUR = env.integer("GUESTS_PER_HOUR", 3_000, minimum=1)
GUEST_HOURS = env.integer("GUEST_HOURS", 24, minimum=1)
GUEST_BUDGET_FRACTION = env.fraction("GUEST_BUDGET_FRACTION", 0.5)
GUEST_STORED_BYTES = env.integer("GUEST_STORED_BYTES", 16 * 1024 * 1024, minimum=1)

# Challenge (docs/challenge.md).
CHALLENGE_TIMEOUT_S = env.integer("CHALLENGE_TIMEOUT_S", 900, minimum=60)
CHALLENGE_MIN_DRAWINGS = env.integer("CHALLENGE_MIN_DRAWINGS", 100, minimum=1)

# Accounts.
# OpenID Connect. Without LOCAL_SIGN_IN it is the only way to sign in.
_oidc = read_oidc_settings(env)
OIDC_NAME, OIDC_GROUPS_CLAIM = _oidc.name, _oidc.groups_claim
OIDC_ROLE_GROUPS = _oidc.role_groups
LOCAL_SIGN_IN = env.boolean("LOCAL_SIGN_IN", default=True)
if not LOCAL_SIGN_IN and not OIDC_NAME:
    env.errors.append("LOCAL_SIGN_IN can be false only if OIDC_ISSUER is set.")
SOCIALACCOUNT_PROVIDERS = _oidc.providers
SOCIALACCOUNT_ADAPTER = "recognizer.views.account.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another host violates `form-action`
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SIGNUP_OPEN = env.boolean("SIGNUP_OPEN", default=True) and LOCAL_SIGN_IN
AUTHENTICATION_BACKENDS = [
    "recognizer.accounts.authentication_backend.UsernameOrEmailBackend",
    "recognizer.accounts.admin_permissions_backend.AdminPermissionsBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# Hosts of a school or an office often share one address: it may sign in and sign up more often.
TRUSTED_NETWORKS = env.networks("TRUSTED_NETWORKS")
KNOWN_DEVICE_COOKIE_NAME = f"known_device-{_SITE_PORT}"
# Sign-ins and sign-ups have their own limits: recognizer/accounts/sign_in/sign_in_limits.py.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "signup": None,
    "login_failed": "5/5m/key",  # codes of the second factor
    "reset_password": "60/m/ip,5/m/key",
    "reset_password_from_key": "60/m/ip",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "optional", ["optional", "mandatory"])
SOCIALACCOUNT_EMAIL_VERIFICATION = "optional"  # the provider decides who may sign in
_EMAIL_FIELD = "email*" if ACCOUNT_EMAIL_VERIFICATION == "mandatory" else "email"
ACCOUNT_SIGNUP_FIELDS = ["username*", _EMAIL_FIELD, "password1*"]
ACCOUNT_PREVENT_ENUMERATION = "strict"  # a sign-up does not show who has confirmed its address
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_ADAPTER = "recognizer.views.account.allauth_adapter_and_consent_form.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = (
    "recognizer.views.account.allauth_adapter_and_consent_form.TeachingConsentForm"
)
ACCOUNT_FORMS = {
    "login": "recognizer.views.account.forms.LoginForm",
    "signup": "recognizer.views.account.forms.SignupForm",
    "add_email": "recognizer.views.account.forms.AddEmailForm",
    "reset_password": "recognizer.views.account.forms.RequestPasswordResetForm",
    "change_password": "recognizer.views.account.forms.ChangePasswordForm",
    "reset_password_from_key": "recognizer.views.account.forms.ResetPasswordForm",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
USERSESSIONS_ADAPTER = "recognizer.views.account.session_adapter.UserSessionsAdapter"
# Roles that take effect only while the user has a second factor.
MFA_REQUIRED_ROLES = env.subset("MFA_REQUIRED_ROLES", ["reviewer", "admin"])
MFA_ADAPTER = "recognizer.views.account.mfa_adapter.MfaAdapter"
MFA_FORMS = {
    "authenticate": "recognizer.views.account.forms.AuthenticateForm",
    "reauthenticate": "recognizer.views.account.forms.ReauthenticateForm",
    "activate_totp": "recognizer.views.account.forms.ActivateTotpForm",
    "add_webauthn": "recognizer.views.account.forms.AddPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # accepts the previous and the next code: phones' clocks differ
# Password hashes that a web process computes at a time, the requests that may wait for their turn,
# and how long. Further requests receive 503.
PASSWORD_HASHES_AT_ONCE = env.integer("PASSWORD_HASHES_AT_ONCE", 1, minimum=1, maximum=16)
PASSWORD_HASHES_WAITING = 64
PASSWORD_HASH_WAIT_S = 5.0
PASSWORD_HASHERS = [
    "recognizer.accounts.sign_in.password_hashing.BoundedArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUDIT_LOG_DAYS = env.integer("AUDIT_LOG_DAYS", 365, minimum=0, maximum=36_500)

# E-mail. Requests store it in the outbox, from where the maintenance process delivers it. Without a
# server it is off; in development it goes to the log.
_email = read_email_settings(env, SITE_URL)
EMAIL_HOST, EMAIL_PORT = _email.host, _email.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email.user, _email.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _email.use_ssl, _email.use_starttls
EMAIL_TIMEOUT = _email.timeout_s
EMAIL_LEASE_S = 60 + 10 * EMAIL_TIMEOUT  # one delivery waits for the server a few times
EMAIL_MAX_AGE_S = 24 * 3600
EMAIL_ENABLED = bool(EMAIL_HOST) or DEBUG
if ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not EMAIL_ENABLED:
    env.errors.append("EMAIL_VERIFICATION can be mandatory only if EMAIL_HOST is set.")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _email.sender
EMAIL_BACKEND = "recognizer.mail.outbox_backend.OutboxBackend"
EMAIL_DELIVERY_BACKEND = (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
)

# Webhooks (docs/webhooks.md). Their requests come from the maintenance process.
WEBHOOK_ALLOWED_NETWORKS = env.networks("WEBHOOK_ALLOWED_NETWORKS")
WEBHOOK_TIMEOUT_S = env.integer("WEBHOOK_TIMEOUT_S", 10, minimum=1, maximum=60)
WEBHOOK_LOG_DAYS = env.integer("WEBHOOK_LOG_DAYS", 30, minimum=1, maximum=3650)
WEBHOOK_DISABLE_AFTER_DAYS = 5
WEBHOOK_ROTATION_S = 24 * 3600
WEBHOOKS_MAX = 20

# The HTTP API.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "recognizer.api.authentication.TokenAuthentication",
        "recognizer.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "recognizer.api.openapi.payload_schema.PayloadAutoSchema",
    "EXCEPTION_HANDLER": "recognizer.api.problem_details.problem_response",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Digitsite",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "recognizer.api.openapi.spectacular_extensions.forbid_additional_properties",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": ["queued", "recognized", "failed"],
        "RunStatusEnum": "recognizer.models.RunStatus",
        "DeliveryStatusEnum": "recognizer.models.DeliveryStatus",
        "DeliveryEventEnum": "recognizer.models.WebhookEvent",
        "WebhookEventEnum": "recognizer.webhooks.events.SELECTABLE_EVENTS",
        "AttemptErrorEnum": "recognizer.webhooks.api_payloads.ATTEMPT_ERRORS",
    },
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Static files: built by tools/build_static.py, or the sources as they are written.
STATIC_SOURCES = env.boolean("STATIC_SOURCES", default=DEBUG)
_static_root = Path(env.text("STATIC_ROOT", str(ROOT / "static-built"))).resolve()
STATIC_ROOT = None if STATIC_SOURCES else _static_root

# Files: uploads and model weights. Both are private and never served by URL.
MEDIA_ROOT = STATE_DIR / "files"
STORAGES = {
    "default": env.parse("STORAGE_URL", "", "text", parse_storage_url, fallback=dict[str, Any]()),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if STATIC_SOURCES
        else "digitsite.static_files_storage.BuiltStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"] if STATIC_SOURCES else []
WHITENOISE_USE_FINDERS = STATIC_SOURCES
WHITENOISE_MAX_AGE = 0  # of files without a hash in their name

# Security headers and cookies.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Browsers send cookies to all ports of a host: the names tell several sites on one host apart.
# Browsers accept names with __Host- from this host over https only, not from a subdomain.
_COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}sessionid-{_SITE_PORT}"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}csrftoken-{_SITE_PORT}"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
# Load balancers, the launcher and Prometheus request these directly, over http.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
# W005 and W021 request HSTS for subdomains and preload, which the domain owner must decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
_SENTRY_DSN = env.parse("SENTRY_DSN", "", "URL", parse_sentry_dsn, fallback="")
_LOG_FORMAT = env.choice("LOG_FORMAT", "line", ["line", "json"])
_LOG_TRACES = env.boolean("LOG_TRACES", default=_LOG_FORMAT == "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "recognizer.log_formatter.EscapingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "recognizer.log_formatter.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": _LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Without its own handler, uvicorn uses the one of the root. `dictConfig` would turn its access
    # log on again, which --no-access-log turned off.
    "loggers": {
        "uvicorn": {"propagate": True},
        "uvicorn.access": {"propagate": False},
        "django": {"propagate": True},
        "recognizer.trace": {"level": "INFO" if _LOG_TRACES else "WARNING"},
    },
}

env.raise_errors()
if _SENTRY_DSN:
    start_error_reports(_SENTRY_DSN)
