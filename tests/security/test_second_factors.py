"""Second factors: encrypted secrets, codes that work once, and passkeys of this site only."""

import json
import time
from hashlib import sha256
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.cache import cache
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from recognizer.models import User
from tests.fixtures.users import PASSWORD, SignIn, confirm_password

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXP"
CODE_PATH = "/accounts/2fa/authenticate/"
PASSKEY_PATH = "/accounts/2fa/webauthn/login/"
ORIGIN = "http://localhost:8000"


@pytest.fixture(autouse=True)
def empty_cache(db: None) -> None:
    cache.clear()


def _code(secret: str, at: float) -> str:
    return str(format_hotp_value(hotp_value(secret, int(at) // 30)))


def _sign_in_with_code(code: str) -> bool:
    browser = Client()
    browser.post("/accounts/login/", {"login": "owner", "password": PASSWORD})
    return browser.post(CODE_PATH, {"code": code}).status_code == 302


def test_secrets_are_stored_encrypted(owner: User) -> None:
    TOTP.activate(owner, SECRET)
    codes = RecoveryCodes.activate(owner).get_unused_codes()
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert not any(code in stored for code in codes)
    assert "gAAAA" in stored
    assert _sign_in_with_code(_code(SECRET, time.time()))
    assert _sign_in_with_code(codes[0])


def test_former_secret_key_still_decrypts(owner: User, settings: Settings) -> None:
    settings.SECRET_KEY = "the former key" * 4
    TOTP.activate(owner, SECRET)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new key" * 4
    assert _sign_in_with_code(_code(SECRET, time.time()))


@pytest.mark.parametrize("kind", ["totp", "recovery"])
def test_lost_secret_key_accepts_no_code(owner: User, settings: Settings, kind: str) -> None:
    TOTP.activate(owner, SECRET)
    codes = RecoveryCodes.activate(owner).get_unused_codes()
    settings.SECRET_KEY = "another key" * 4
    code = codes[0] if kind == "recovery" else _code(SECRET, time.time())
    assert not _sign_in_with_code(code)


@pytest.mark.parametrize("later_s", [0, 29, 45, 59])
def test_code_signs_in_once(owner: User, monkeypatch: pytest.MonkeyPatch, later_s: int) -> None:
    TOTP.activate(owner, SECRET)
    started = time.time() // 30 * 30 + 1
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: started)
    code = _code(SECRET, started)
    assert _sign_in_with_code(code)
    cache.clear()  # allauth's own marks last for 30 seconds
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: started + later_s)
    assert not _sign_in_with_code(code)
    assert not _sign_in_with_code(_code(SECRET, started - 30))


def test_code_of_the_activation_does_not_sign_in(
    owner: User,
    sign_in: SignIn,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    browser = confirm_password(sign_in(owner))
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    code = _code(secret, time.time())
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/2fa/totp/activate/", {"code": code})
    assert Authenticator.objects.filter(type="totp").exists()
    assert not _sign_in_with_code(code)


class _Passkey:
    """A software passkey of a user."""

    def __init__(self, user: User) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = b"passkey-of-the-test"
        self.user_handle = websafe_encode(user_pk_to_url_str(user).encode())
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        data = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        client_data = CollectedClientData.create("webauthn.create", b"challenge", ORIGIN)
        attestation = AttestationObject.create("none", self._data(0, data), {})
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(attestation),
        }
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "Passkey", "credential": self._credential(response)},
        )

    def sign_in(
        self, *, counter: int = 0, origin: str = ORIGIN, cross_origin: bool = False
    ) -> bool:
        browser = Client(SERVER_NAME="localhost", SERVER_PORT="8000")
        options = browser.get(PASSKEY_PATH, headers={"Accept": "application/json"}).json()
        challenge = options["request_options"]["publicKey"]["challenge"]
        client_data = CollectedClientData.create(
            "webauthn.get", challenge, origin, cross_origin=cross_origin
        )
        data = self._data(counter)
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(
                self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
            ),
            "userHandle": self.user_handle,
        }
        browser.post(PASSKEY_PATH, {"credential": json.dumps(self._credential(response))})
        return browser.get("/accounts/settings/").status_code == 200

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        common = {"id": name, "rawId": name, "type": "public-key"}
        return {**common, "response": response, "clientExtensionResults": {}}

    def _data(self, counter: int, credential: Any = None) -> Any:
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
        if credential:
            flags |= AuthenticatorData.FLAG.AT
        rp_hash = sha256(b"localhost").digest()
        return AuthenticatorData.create(rp_hash, flags, counter, credential or b"")


@pytest.fixture
def passkey(owner: User, settings: Settings) -> _Passkey:
    settings.ORIGINS = [ORIGIN]
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    return _Passkey(owner)


def test_passkey_signs_in_on_the_origin_of_the_site(passkey: _Passkey) -> None:
    assert passkey.sign_in()


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:6666",
        "https://localhost:8000",
        "http://sub.localhost:8000",
        "http://localhost:8000.evil.example",
        "null",
    ],
)
def test_refuses_passkeys_of_other_origins(passkey: _Passkey, origin: str) -> None:
    assert not passkey.sign_in(origin=origin)


def test_refuses_passkeys_in_frames_of_other_origins(passkey: _Passkey) -> None:
    assert not passkey.sign_in(cross_origin=True)


@pytest.mark.parametrize("second", [0, 4, 5])
def test_refuses_a_counter_that_does_not_grow(passkey: _Passkey, second: int) -> None:
    assert passkey.sign_in(counter=5)
    assert not passkey.sign_in(counter=second)
    assert passkey.sign_in(counter=6)


def test_passkey_without_a_counter_signs_in_again(passkey: _Passkey) -> None:
    assert passkey.sign_in()
    assert passkey.sign_in()
