"""Days are those of the browser's time zone: in the filter, the captions and the details."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from recognizer.models import Drawing, User
from recognizer.review.search import parse_search
from tests.api.factories import make_recognized_drawing
from tests.fixtures.users import SignIn

pytestmark = pytest.mark.django_db

ZONES = ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu", "Europe/Berlin", "UTC"]
CLOCK_CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),  # 23 hours
    ("Europe/Berlin", date(2026, 10, 25)),  # 25 hours
    ("America/Havana", date(2026, 3, 8)),  # starts at 01:00
    ("America/Havana", date(2026, 11, 1)),  # 00:00 to 01:00 twice
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
]
DAYS = [*((zone, date(2026, 6, 15)) for zone in ZONES), *CLOCK_CHANGES]
ONE_DAY = timedelta(days=1)
LATE = datetime.fromisoformat("2026-06-15 23:58")


@pytest.mark.parametrize(("zone", "day"), DAYS)
@pytest.mark.parametrize("clock", ["01:30:00", "12:00:00", "23:59:30"])
def test_filter_finds_the_drawing_on_its_local_day(
    owner: User, sign_in: SignIn, zone: str, day: date, clock: str
) -> None:
    drawing = _draw_at(owner, datetime.fromisoformat(f"{day} {clock}"), zone)
    browser = _browser(sign_in(owner), zone)

    found = [_is_found(browser, drawing, other) for other in (day - ONE_DAY, day, day + ONE_DAY)]

    assert found == [False, True, False]


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_first_and_last_moment_belong_to_the_day(
    owner: User, sign_in: SignIn, zone: str, day: date
) -> None:
    start, end = (datetime.combine(one, datetime.min.time()) for one in (day, day + ONE_DAY))
    first = _draw_at(owner, start, zone)
    last = _draw_at(owner, end, zone, earlier_by=timedelta(seconds=1))
    next_one = _draw_at(owner, end, zone)
    browser = _browser(sign_in(owner), zone)

    found = [_is_found(browser, drawing, day) for drawing in (first, last, next_one)]

    assert found == [True, True, False]


@pytest.mark.parametrize("zone", ZONES)
def test_caption_and_details_show_the_same_time(owner: User, sign_in: SignIn, zone: str) -> None:
    drawing = _draw_at(owner, LATE, zone)
    browser = _browser(sign_in(owner), zone)

    assert "15 June, 23:58" in browser.get("/history/").content.decode()
    page = browser.get(f"/history/{drawing.pk}/").content.decode()
    assert "15 June 2026, 23:58" in page


@pytest.mark.parametrize("zone", ["", "Nowhere/Here", "../../etc/passwd", "Europe", "x" * 300])
def test_unknown_zone_is_utc(owner: User, sign_in: SignIn, zone: str) -> None:
    _draw_at(owner, LATE, "UTC")

    page = _browser(sign_in(owner), zone).get("/history/?since=2026-06-15")

    assert "15 June, 23:58" in page.content.decode()


def test_zone_of_a_request_does_not_last(owner: User, sign_in: SignIn) -> None:
    _draw_at(owner, LATE, "UTC")
    browser = sign_in(owner)
    _browser(browser, "Pacific/Auckland").get("/history/")
    del browser.cookies["time_zone"]

    assert "15 June, 23:58" in browser.get("/history/").content.decode()


def test_api_dates_are_utc(owner: User, sign_in: SignIn) -> None:
    _draw_at(owner, LATE, "UTC")
    browser = _browser(sign_in(owner), "Pacific/Auckland")

    found = browser.get("/api/v1/drawings/?since=2026-06-15&until=2026-06-15").json()

    assert len(found["results"]) == 1


def test_search_of_the_review_grid_has_the_same_days() -> None:
    zone = ZoneInfo("Pacific/Auckland")

    search = parse_search({"since": "2026-06-15", "until": "2026-06-15"}, zone=zone)

    assert search.history_filters.since == datetime(2026, 6, 15, tzinfo=zone)
    assert search.history_filters.until == datetime(2026, 6, 16, tzinfo=zone)


def _draw_at(
    owner: User, local: datetime, zone: str, *, earlier_by: timedelta = timedelta()
) -> Drawing:
    moment = local.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC")) - earlier_by
    drawing = make_recognized_drawing(owner)
    Drawing.objects.filter(pk=drawing.pk).update(created_at=moment)
    return drawing


def _browser(client: Client, zone: str) -> Client:
    client.cookies["time_zone"] = zone
    return client


def _is_found(browser: Client, drawing: Drawing, day: date) -> bool:
    page = browser.get("/history/", {"since": str(day), "until": str(day)})
    return f'data-id="{drawing.pk}"' in page.content.decode()
