"""An account from its first minute to its last, in a real browser with a virtual passkey."""

import hmac
import io
import json
import re
import time
import zipfile
from base64 import b32decode

from playwright.sync_api import Page, expect

from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import PASSWORD, SEVEN, sign_out, sign_up, submit_drawing

SETTINGS = "/accounts/settings/"


def test_somebody_signs_up_says_no_then_yes_and_makes_a_token_that_works(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Name", exact=True).fill("x")
    page.get_by_label("Password", exact=True).fill("12345")
    page.get_by_label("The same again", exact=True).fill("12345")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    expect(page.get_by_text("This password is too short")).to_be_visible()
    sign_up(page)

    page.goto(SETTINGS)
    expect(page.get_by_text("You said no on")).to_be_visible()
    page.get_by_label("My drawings may teach the network").check()
    expect(page.get_by_text("You said yes on")).to_be_visible()

    page.get_by_label("What is it for?").fill("a plotter")
    page.get_by_role("button", name="Make a token").click()
    key = page.get_by_label("Key", exact=True).input_value()
    answer = page.request.get("/api/v1/me/", headers={"Authorization": f"Token {key}"})
    assert answer.ok
    page.goto(SETTINGS)
    expect(page.get_by_text(key)).to_have_count(0)
    page.get_by_role("button", name="Revoke a plotter").click()
    expect(page.get_by_text("This token no longer works.")).to_be_visible()
    answer = page.request.get("/api/v1/me/", headers={"Authorization": f"Token {key}"})
    assert answer.status == 401


def test_an_app_on_the_phone_becomes_the_second_step(page: Page) -> None:
    name = sign_up(page)
    page.goto("/accounts/2fa/totp/activate/")
    _reauthenticate(page)
    expect(page.get_by_role("img", name="The code to scan")).to_be_visible()
    secret = page.get_by_label("Or type this secret").input_value()
    page.get_by_label("Six figures").fill(_totp_code(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("listitem").filter(has_text=re.compile(r"^\d{8}$"))).to_have_count(10)

    sign_out(page)
    _sign_in(page, name)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("This code is not right.")).to_be_visible()
    page.get_by_label("Code").fill(_totp_code(secret))
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("/")


def test_a_passkey_logs_in_by_itself(page: Page) -> None:
    name = sign_up(page)
    _add_virtual_authenticator(page)
    page.goto("/accounts/2fa/webauthn/add/")
    _reauthenticate(page)
    page.get_by_label("What to call it").fill("my laptop")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    sign_out(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
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
    expect(page.get_by_role("heading", name="my old laptop")).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_one_takes_everything_along_and_leaves_for_good(new_browser: BrowserFactory) -> None:
    page = new_browser(accept_downloads=True).new_page()
    name = sign_up(page)
    drawing_id = submit_drawing(page, SEVEN)
    page.goto(SETTINGS)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())) as archive:
        lines = archive.read("drawings.jsonl").splitlines()
        assert [json.loads(line)["id"] for line in lines] == [drawing_id]
        assert f"rasters/{drawing_id}.png" in archive.namelist()

    page.get_by_role("link", name="Delete…").click()
    _reauthenticate(page)
    expect(page.get_by_text("your 1 drawing")).to_be_visible()
    page.get_by_label("Type your name to confirm").fill(name.upper())
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("This is not your name.")).to_be_visible()
    page.get_by_label("Type your name to confirm").fill(name)
    page.get_by_role("button", name="Delete everything").click()
    page.wait_for_url("/")
    _sign_in(page, name)
    expect(page.get_by_role("alert")).to_be_visible()


def _sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def _reauthenticate(page: Page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def _totp_code(secret: str) -> str:
    """What an app shows now (RFC 6238): six figures that change every 30 s."""
    counter = (int(time.time()) // 30).to_bytes(8, "big")
    digest = hmac.digest(b32decode(secret), counter, "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def _add_virtual_authenticator(page: Page) -> None:
    """A device that keeps passkeys and always finds its owner present."""
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
