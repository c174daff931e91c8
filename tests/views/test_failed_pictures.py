"""A picture that cannot be shown has a placeholder with the reason on every page."""

from typing import Any

import pytest

from recognizer.models import Drawing, Status, User
from recognizer.protocol import RECOGNITION_FAILURES
from tests.api.factories import make_drawing
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", RECOGNITION_FAILURES)
@pytest.mark.parametrize("path", ["/history/", "/history/{id}/"])
def test_history_shows_why_a_picture_failed(
    owner: User, sign_in: SignIn, code: str, path: str
) -> None:
    drawing = _make_picture(owner, status=Status.FAILED, error=code)

    page = sign_in(owner).get(path.format(id=drawing.pk)).content.decode()

    placeholder = page[page.index("data-missing-picture") :]
    assert RECOGNITION_FAILURES[code] in placeholder[: placeholder.index("</span>")]


def test_history_shows_a_waiting_picture(owner: User, sign_in: SignIn) -> None:
    _make_picture(owner, status=Status.QUEUED)

    page = sign_in(owner).get("/history/").content.decode()

    assert "Not recognized yet." in page[page.index("data-missing-picture") :]


def test_admin_site_shows_why_a_picture_failed(owner: User, admin: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=owner.pk).update(may_teach=True)
    drawing = _make_picture(owner, status=Status.FAILED, error="unreadable")
    browser = sign_in(admin)

    for path in ("/admin/recognizer/drawing/", f"/admin/recognizer/drawing/{drawing.pk}/change/"):
        assert RECOGNITION_FAILURES["unreadable"] in browser.get(path).content.decode()


def _make_picture(owner: User, **fields: Any) -> Drawing:
    return make_drawing(owner, ink="", picture="pictures/00/missing.png", **fields)
