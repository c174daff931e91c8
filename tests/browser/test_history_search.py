"""A filter of the history finds drawings that are further back than a page searches."""

import json
import subprocess
import sys

from playwright.sync_api import Locator, Page, expect

from recognizer.drawings.pagination import RANGE_SIZES
from tests.browser.conftest import BrowserFactory
from tests.browser.user_actions import SEVEN, sign_up, submit_drawings
from tests.fixtures.site_process import ROOT, SiteProcess

FILL_CODE = """
from datetime import timedelta
from django.utils import timezone
from recognizer.models import Drawing, User
owner, now = User.objects.get(username={name!r}), timezone.now()
Drawing.objects.filter(pk={oldest!r}).update(created_at=now - timedelta(days=90))
moments = [now - timedelta(minutes=10 * place) for place in range({count})]
Drawing.objects.bulk_create(
    [
        Drawing(owner=owner, ink={ink!r}, created_at=moment, drawn_at=moment, status="failed")
        for moment in moments
    ],
    batch_size=500,
)
"""
SEARCH = "/history/?digit=7"


def fill_history(site: SiteProcess, page: Page) -> tuple[str, str]:
    """Sign up a user with two sevens, and more drawings than two pages search between them. Return
    the ids of the newer and of the older one."""
    name = sign_up(page)
    newer, older = submit_drawings(page, [SEVEN, SEVEN])
    code = FILL_CODE.format(
        name=name, oldest=older, count=2 * sum(RANGE_SIZES), ink=json.dumps(SEVEN)
    )
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=site.environment, check=True, capture_output=True)
    return newer, older


def test_a_filter_continues_with_older_drawings(
    new_browser: BrowserFactory, live_site: SiteProcess
) -> None:
    """With JavaScript the next pages load without a click, because the link to them is visible."""
    context = new_browser()
    page = context.new_page()
    newer, older = fill_history(live_site, page)
    for scripts in (False, True):
        tab = new_browser(
            java_script_enabled=scripts, storage_state=context.storage_state()
        ).new_page()
        tab.goto(SEARCH)
        if not scripts:
            expect_drawings(tab, newer)
            expect(tab.locator("[data-searched]")).not_to_be_empty()
            tab.locator("[data-older]").click()
            expect(tab.locator("[data-empty-state=no_match]")).to_be_visible()
            tab.locator("[data-older]").click()
        expect_drawings(tab, *([newer, older] if scripts else [older]))
        expect(tab.locator("[data-older]")).to_have_count(0)
        expect(tab.locator("[data-searched]")).to_be_empty()


def expect_drawings(page: Page, *ids: str) -> None:
    found: Locator = page.locator("[data-drawings] > li")
    expect(found).to_have_count(len(ids))
    for place, drawing_id in enumerate(ids):
        expect(found.nth(place)).to_have_attribute("data-id", drawing_id)
