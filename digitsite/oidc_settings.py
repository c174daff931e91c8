"""Settings of the sign-in with OpenID Connect."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from digitsite.setting_values import is_loopback
from digitsite.typed_env import Environment

PROVIDER_ID = "sso"
"""Part of the callback address: /accounts/oidc/sso/login/callback/"""


@dataclass(frozen=True)
class OidcSettings:
    """`providers` is allauth's SOCIALACCOUNT_PROVIDERS; empty without a provider."""

    name: str
    groups_claim: str
    role_groups: dict[str, list[str]]
    providers: dict[str, Any]


def read_oidc_settings(env: Environment) -> OidcSettings:
    issuer = env.parse("OIDC_ISSUER", "", "URL", lambda raw: raw and parse_issuer(raw), fallback="")
    client_id, secret = env.text("OIDC_CLIENT_ID"), env.text("OIDC_CLIENT_SECRET")
    if len({bool(issuer), bool(client_id), bool(secret)}) == 2:
        env.errors.append(
            "Set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, or none of them."
        )
    name = env.text("OIDC_NAME", "single sign-on")
    scopes = env.csv_list("OIDC_SCOPES", ["openid", "profile", "email"])
    app = {
        "provider_id": PROVIDER_ID,
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": issuer, "scope": scopes, "oauth_pkce_enabled": True},
    }
    role_groups = {
        role: env.csv_list(f"OIDC_{role.upper()}_GROUPS") for role in ("reviewer", "admin")
    }
    return OidcSettings(
        name=name if issuer else "",
        groups_claim=env.text("OIDC_GROUPS_CLAIM", "groups"),
        role_groups={role: groups for role, groups in role_groups.items() if groups},
        providers={"openid_connect": {"APPS": [app]}} if issuer else {},
    )


def parse_issuer(raw: str) -> str:
    """Return the issuer without a slash at its end. Raises ValueError."""
    sentence = "must be the https address of the provider, as in its field `issuer`"
    try:
        parts = urlsplit(raw)
        is_secure = parts.scheme == "https" or is_loopback(f"{parts.scheme}://{parts.netloc}")
    except ValueError:
        raise ValueError(sentence) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_secure:
        raise ValueError(sentence)
    if parts.query or parts.fragment or parts.username:
        raise ValueError(sentence)
    return raw.rstrip("/")
