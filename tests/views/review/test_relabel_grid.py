"""Grids of drawings to relabel: access, contents, order, no names of users."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from recognizer.models import Drawing, User
from recognizer.views.review import relabel_grid
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, make_teaching_drawing

pytestmark = pytest.mark.django_db


def _probabilities(four: float) -> list[float]:
    return [four if digit == 4 else (1 - four) / 9 for digit in range(10)]


def _shown(page: str) -> list[str]:
    return re.findall(r'data-entry="([^"]+)"', page)


def _find_probabilities(page: str) -> list[str]:
    return re.findall(r'class="drawing-probability"[^>]*>([^<]+)<', page)


def _entry(drawing: Drawing) -> str:
    return f"{drawing.pk}/{drawing.revision}"


def _load(browser: Client, address: str) -> str:
    response = browser.get(address)
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200
    return response.content.decode()


def test_shows_drawings_with_the_label_least_likely_first(
    owner: User, reviewer: User, sign_in: SignIn
) -> None:
    sure = make_teaching_drawing(owner, digit=4, probabilities=_probabilities(0.99))
    odd = make_teaching_drawing(owner, digit=9, claim=4, probabilities=_probabilities(0.02))
    unsure = make_teaching_drawing(owner, digit=4, probabilities=_probabilities(0.5))
    reviewed = make_teaching_drawing(owner, digit=4, probabilities=_probabilities(0.01))
    append_label(reviewed, reviewer, 9)
    make_teaching_drawing(owner, digit=3)
    make_teaching_drawing(reviewer, digit=4)

    page = _load(sign_in(reviewer), "/review/digits/4/")
    assert _shown(page) == [_entry(odd), _entry(unsure), _entry(sure)]
    assert 'data-predicted-label="9" data-claimed-label="4"' in page
    assert owner.username not in page
    assert _shown(_load(sign_in(reviewer), "/review/digits/9/")) == [_entry(reviewed)]


def test_each_drawing_has_the_probability_of_the_label(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    make_teaching_drawing(owner, digit=9, claim=4, probabilities=_probabilities(0.02))
    reviewed = make_teaching_drawing(owner, digit=4, probabilities=_probabilities(0.75))
    append_label(reviewed, reviewer, 4)
    page = _load(sign_in(reviewer), "/review/digits/4/")
    assert _find_probabilities(page) == ["4: 2\xa0%", "4: 75\xa0%"]
    assert re.findall(r'data-entry="([^"]+)"[^>]* data-reviewed', page) == [_entry(reviewed)]
    assert 'data-others="4"' in page
    everything = _load(sign_in(admin), "/review/all/")
    assert _find_probabilities(everything) == ["95\xa0%", "95\xa0%"]
    assert "data-others" not in everything


def test_not_a_digit_has_its_own_grid(owner: User, reviewer: User, sign_in: SignIn) -> None:
    scribble = make_teaching_drawing(owner, digit=None, decision="not_a_digit", ink="")
    page = _load(sign_in(reviewer), "/review/digits/none/")
    assert _shown(page) == [_entry(scribble)]
    assert 'src="data:image/png;base64,' in page


def test_pages_show_each_drawing_once(
    owner: User, reviewer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relabel_grid, "PAGE_SIZE", 2)
    drawings = [
        make_teaching_drawing(owner, digit=4, probabilities=_probabilities(four / 10))
        for four in range(1, 6)
    ]
    browser, address, shown = sign_in(reviewer), "/review/digits/4/", []
    while address:
        page = _load(browser, address)
        shown += _shown(page)
        more = re.search(r'data-more href="([^"]+)"', page)
        address = more[1] if more else ""
    assert shown == [_entry(drawing) for drawing in drawings]


def test_admin_filters_and_the_next_page_keeps_them(
    owner: User, outsider: User, admin: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relabel_grid, "PAGE_SIZE", 1)
    make_teaching_drawing(outsider, digit=4, confidence=0.4)
    make_teaching_drawing(owner, digit=5, confidence=0.4)
    older, newer = (
        make_teaching_drawing(owner, digit=4, confidence=0.4, minutes_ago=ago) for ago in (2, 1)
    )
    browser = sign_in(admin)
    page = _load(browser, "/review/all/?digit=4&user=owner&confidence_max=0.5&claim=")
    assert _shown(page) == [_entry(newer)]
    assert '<option value="4" selected>' in page
    assert 'name="user" value="owner"' in page
    more = re.search(r'data-more href="([^"]+)"', page)
    assert more
    assert _shown(_load(browser, more[1].replace("&amp;", "&"))) == [_entry(older)]


def test_invalid_filters_are_named(admin: User, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    for address, field in (
        ("/review/all/?digit=x", "digit"),
        ("/review/all/?order=worst", "order"),
        ("/review/all/?colour=red", "colour"),
        ("/review/digits/4/?cursor=x", "cursor"),
    ):
        response = browser.get(address)
        assert response.status_code == 400
        assert f'data-field="{field}"' in response.content.decode(), address


def test_empty_grid_shows_the_empty_state(admin: User, sign_in: SignIn) -> None:
    browser = sign_in(admin)
    for address in ("/review/digits/4/", "/review/all/"):
        assert 'data-empty tabindex="-1" >' in _load(browser, address)


def test_reviewers_see_labels_and_admins_everything(
    owner: User, reviewer: User, admin: User, anonymous: Client, sign_in: SignIn
) -> None:
    assert anonymous.get("/review/all/")["Location"].startswith("/accounts/login/")
    assert sign_in(owner).get("/review/digits/4/").status_code == 403
    assert sign_in(reviewer).get("/review/all/").status_code == 403
    assert sign_in(reviewer).get("/review/digits/10/").status_code == 404
    assert 'href="/review/all/"' not in _load(sign_in(reviewer), "/review/")
    assert 'href="/review/digits/0/"' in _load(sign_in(reviewer), "/review/")
    assert 'href="/review/all/"' in _load(sign_in(admin), "/review/")


def test_number_of_queries_is_constant(
    owner: User, reviewer: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        make_teaching_drawing(owner, digit=4)
    browser = sign_in(reviewer)
    with django_assert_max_num_queries(8):
        _load(browser, "/review/digits/4/")
