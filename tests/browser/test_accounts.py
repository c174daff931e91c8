"""An account in a browser: sign-up, consent, token, two-factor sign-in, export, deletion."""

import hmac
import io
import json
import re
import time
import zipfile
from base64 import b32decode

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import (
    PASSWORD,
    SEVEN,
    allow_training,
    confirm_password,
    sign_out,
    sign_up,
    submit_drawing,
)

SETTINGS = "/accounts/settings/"


def test_user_signs_up_gives_consent_and_creates_a_token(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Username", exact=True).fill("x")
    page.get_by_label("Password", exact=True).fill("12345")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    expect(page.locator("#id_password1_error")).to_be_visible()
    sign_up(page)

    page.goto(SETTINGS)
    expect(page.locator("[data-consent=no]")).to_be_visible()
    allow_training(page)

    page.get_by_label("Token name").fill("a plotter")
    page.get_by_role("button", name="Create token").click()
    key = page.get_by_label("Key", exact=True).input_value()
    response = page.request.get("/api/v1/me/", headers={"Authorization": f"Token {key}"})
    assert response.ok
    page.goto(SETTINGS)
    expect(page.get_by_text(key)).to_have_count(0)
    page.get_by_role("button", name="Revoke a plotter").click()
    expect(page.locator("[data-message=token_revoked]")).to_be_visible()
    response = page.request.get("/api/v1/me/", headers={"Authorization": f"Token {key}"})
    assert response.status == 401


def test_scripts_do_not_interrupt_who_types_before_they_are_loaded(page: Page) -> None:
    sign_up(page)
    waiting: list[Route] = []
    page.route("**/js/account/main*", lambda route: waiting.append(route))
    with page.expect_request("**/js/account/main*"):
        page.goto("/accounts/reauthenticate/", wait_until="commit")
    password = page.get_by_label("Password", exact=True)
    password.focus()
    half = len(PASSWORD) // 2
    page.keyboard.type(PASSWORD[:half])
    waiting[0].continue_()
    expect(page.get_by_role("button", name="Show password")).to_be_visible()
    expect(password).to_be_focused()
    page.keyboard.type(PASSWORD[half:])
    expect(password).to_have_value(PASSWORD)


def test_authenticator_app_is_the_second_factor(page: Page) -> None:
    name = sign_up(page)
    page.goto("/accounts/2fa/totp/activate/")
    confirm_password(page)
    expect(page.locator("img.qr")).to_be_visible()
    secret = page.locator("#authenticator_secret").input_value()
    page.get_by_label("6-digit code").fill(_totp_code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("listitem").filter(has_text=re.compile(r"^\d{8}$"))).to_have_count(10)

    sign_out(page)
    _sign_in(page, name)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#id_code_error")).to_be_visible()
    page.get_by_label("Code").fill(_totp_code(secret, steps_ahead=1))  # each code works once
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def test_passkey_signs_in_without_a_password(page: Page) -> None:
    name = sign_up(page)
    _add_virtual_authenticator(page)
    page.goto("/accounts/2fa/webauthn/add/")
    confirm_password(page)
    page.get_by_label("Name", exact=True).fill("my laptop")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-recovery-codes]")).to_be_visible()

    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("/")

    sign_out(page)
    _sign_in(page, name)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("/")

    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Rename").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_label("Name", exact=True).fill("my old laptop")
    page.get_by_role("button", name="Save").click()
    expect(page.locator('[data-passkey-name="my old laptop"]')).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("[data-empty]")).to_be_visible()


def test_user_exports_the_data_and_deletes_the_account(new_browser: BrowserFactory) -> None:
    page = new_browser(accept_downloads=True).new_page()
    name = sign_up(page)
    drawing_id = submit_drawing(page, SEVEN)
    page.goto(SETTINGS)
    page.get_by_role("link", name="Export").click()
    with page.expect_download() as download:
        confirm_password(page)
    page.goto(SETTINGS)
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        lines = archive.read("drawings.jsonl").splitlines()
        assert [json.loads(line)["id"] for line in lines] == [drawing_id]
        assert f"rasters/{drawing_id}.png" in archive.namelist()

    page.get_by_role("link", name="Delete…").click()
    expect(page.locator("[data-drawings]")).to_have_attribute("data-drawings", "1")
    page.get_by_label("Enter your username to confirm").fill(name.upper())
    page.get_by_role("button", name="Delete account").click()
    expect(page.locator("#id_name_error")).to_be_visible()
    page.get_by_label("Enter your username to confirm").fill(name)
    page.get_by_role("button", name="Delete account").click()
    page.wait_for_url("/")
    _sign_in(page, name)
    expect(page.get_by_role("alert")).to_be_visible()


def _sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _totp_code(secret: str, *, steps_ahead: int = 0) -> str:
    """Return the code that an app shows now (RFC 6238): six digits, new every 30 s."""
    counter = (int(time.time()) // 30 + steps_ahead).to_bytes(8, "big")
    digest = hmac.digest(b32decode(secret), counter, "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def _add_virtual_authenticator(page: Page) -> None:
    """Add a virtual device that stores passkeys and confirms the presence of its user."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
