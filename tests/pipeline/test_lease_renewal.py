"""Leases last as long as the work on a batch, and no longer."""

import pytest
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from recognizer import protocol
from recognizer.models import Drawing, User
from tests.fixtures.site_process import wait_until
from tests.pipeline.factories import make_submission, store_drawings
from workers.recognition.drawing_leases import LeasedDrawing, acquire_drawings
from workers.recognition.lease_renewal import LeaseRenewal, renew_leases

LONG_AGO = "2026-01-01T00:00Z"


def _acquire(owner: User, count: int = 2) -> list[LeasedDrawing]:
    pending = store_drawings(*(make_submission(owner) for _ in range(count))).pending
    jobs = [(job.id, job.revision, job.ink) for job in pending]
    return acquire_drawings(protocol.decode_batch(protocol.encode_batch("g", jobs)))


@pytest.mark.django_db
@pytest.mark.both_databases
def test_renews_the_leases_of_its_drawings_only(owner: User) -> None:
    held, others = _acquire(owner), _acquire(owner)
    Drawing.objects.update(lease_until=LONG_AGO)
    assert renew_leases(held) == 2
    renewed = Drawing.objects.filter(lease_until__gt=LONG_AGO)
    assert {str(drawing.pk) for drawing in renewed} == {drawing.id for drawing in held}
    assert len(others) == 2


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.parametrize("change", [{"attempts": 2}, {"revision": 2}, {"status": "recognized"}])
def test_renews_no_lease_that_ended(owner: User, change: dict[str, object]) -> None:
    held = _acquire(owner)
    Drawing.objects.filter(pk=held[0].id).update(**change)
    Drawing.objects.update(lease_until=LONG_AGO)
    assert renew_leases(held) == 1
    assert Drawing.objects.get(lease_until=LONG_AGO).pk.hex == held[0].id.replace("-", "")


@pytest.mark.django_db(transaction=True)
def test_a_slow_batch_keeps_its_lease(owner: User, settings: Settings) -> None:
    settings.RECOGNITION_LEASE_S = 0.3
    held = _acquire(owner, 1)
    acquired = Drawing.objects.get().lease_until
    assert acquired is not None
    later = Drawing.objects.filter(lease_until__gt=acquired)
    with LeaseRenewal().hold(held):
        wait_until(later.exists, within_s=30, what="a renewal")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_hangs_loses_its_lease(
    owner: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RECOGNITION_LEASE_S, settings.RECOGNITION_MAX_WORK_S = 0.3, 0.2
    held = _acquire(owner, 1)
    expired = Drawing.objects.filter(lease_until__lt=Now())
    with LeaseRenewal().hold(held):
        wait_until(lambda: "too long" in caplog.text, within_s=30, what="the end of the renewals")
        wait_until(expired.exists, within_s=30, what="the end of the lease during the work")
