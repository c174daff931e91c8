"""DELETE drawings/{id}/, POST restore/, and erasure."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.maintenance.deleted_drawing_erasure import erase_deleted
from recognizer.models import Drawing, Feed, Label, Prediction, User
from recognizer.permission_checked_lookups import NotFound
from tests.api.api_client import ApiClient, problem_code
from tests.api.event_listener import EventListener
from tests.api.factories import make_drawing, make_recognized_drawing

both_databases = [pytest.mark.django_db, pytest.mark.both_databases]


def _move_to_trash(drawing: Drawing, *, seconds_ago: float) -> None:
    deleted_at = timezone.now() - timedelta(seconds=seconds_ago)
    Drawing.objects.filter(pk=drawing.pk).update(deleted_at=deleted_at)


@pytest.mark.django_db(transaction=True)
def test_deletion_and_restore_are_stored_and_published(
    owner_api: ApiClient, owner: User, event_listener: EventListener
) -> None:
    drawing = make_recognized_drawing(owner)
    deleted = owner_api.delete(f"drawings/{drawing.pk}/")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert owner_api.get("drawings/").json()["results"] == []
    assert problem_code(owner_api.get(f"drawings/{drawing.pk}/")) == (404, "not_found")
    restored = owner_api.post(f"drawings/{drawing.pk}/restore/")
    assert (restored.status_code, restored.json()["id"]) == (200, str(drawing.pk))
    assert restored.json()["prediction"]["digit"] == 3
    assert len(owner_api.get("drawings/").json()["results"]) == 1
    events = [(user, event["type"], event["cursor"]) for user, event in event_listener.events(2)]
    assert events == [
        (owner.pk, "deleted", drawing.cursor + 1),
        (owner.pk, "restored", drawing.cursor + 2),
    ]
    assert Drawing.objects.get().cursor == Feed.objects.get(user=owner).cursor == events[-1][2]


class TestStored:
    pytestmark = both_databases

    def test_deletion_takes_a_fixed_number_of_queries(
        self, owner: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        drawing = make_recognized_drawing(owner)
        with django_assert_num_queries(7):  # savepoint, feed (3), update, read, release
            delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)

    def test_cannot_be_deleted_twice(self, owner_api: ApiClient, owner: User) -> None:
        path = f"drawings/{make_recognized_drawing(owner).pk}/"
        owner_api.delete(path)
        assert problem_code(owner_api.delete(path)) == (404, "not_found")

    def test_refusal_does_not_advance_the_cursor(self, owner: User, outsider: User) -> None:
        drawing = make_recognized_drawing(owner)
        with pytest.raises(NotFound):
            delete_drawing(owner_id=outsider.pk, drawing_id=drawing.pk)
        assert not Feed.objects.filter(user=outsider).exists()

    def test_restore_without_deletion_changes_nothing(
        self, owner_api: ApiClient, owner: User
    ) -> None:
        drawing = make_recognized_drawing(owner)
        assert owner_api.post(f"drawings/{drawing.pk}/restore/").status_code == 200
        assert Drawing.objects.get().cursor == drawing.cursor

    def test_can_be_restored_for_ten_minutes(self, owner_api: ApiClient, owner: User) -> None:
        drawing = make_recognized_drawing(owner)
        _move_to_trash(drawing, seconds_ago=site.RESTORE_WINDOW_S - 5)
        assert owner_api.post(f"drawings/{drawing.pk}/restore/").status_code == 200
        _move_to_trash(drawing, seconds_ago=site.RESTORE_WINDOW_S + 1)
        late = owner_api.post(f"drawings/{drawing.pk}/restore/")
        assert problem_code(late) == (409, "too_late")

    def test_restored_drawing_is_queued_immediately(
        self, owner_api: ApiClient, owner: User
    ) -> None:
        drawing = make_drawing(owner)
        owner_api.delete(f"drawings/{drawing.pk}/")
        owner_api.post(f"drawings/{drawing.pk}/restore/")
        due_at = Drawing.objects.get().due_at
        assert due_at is not None
        assert abs(due_at - timezone.now()) < timedelta(seconds=5)

    def test_erases_all_data_and_stores_the_erased_cursor(
        self, owner: User, outsider: User, settings: Settings, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        name = default_storage.save("pictures/aa/x.png", ContentFile(b"png"))
        old = make_recognized_drawing(owner, claim=4, picture=name)
        recent, kept = make_recognized_drawing(owner), make_recognized_drawing(owner)
        others = make_recognized_drawing(outsider)
        _move_to_trash(old, seconds_ago=900)
        _move_to_trash(recent, seconds_ago=500)
        assert erase_deleted() == 1
        assert set(Drawing.objects.values_list("pk", flat=True)) == {recent.pk, kept.pk, others.pk}
        assert Prediction.objects.count() == 3
        assert not Label.objects.exists()
        assert not default_storage.exists(name)
        assert Feed.objects.get(user=owner).erased_up_to == old.cursor
        assert Feed.objects.get(user=outsider).erased_up_to == 0

    def test_erases_more_than_one_batch(self, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("recognizer.maintenance.deleted_drawing_erasure.ERASE_BATCH_SIZE", 2)
        for _ in range(5):
            _move_to_trash(make_recognized_drawing(owner), seconds_ago=900)
        assert erase_deleted() == 5
        assert erase_deleted() == 0

    def test_erases_a_drawing_whose_picture_is_missing(self, owner: User) -> None:
        _move_to_trash(make_recognized_drawing(owner, picture="pictures/gone.png"), seconds_ago=900)
        assert erase_deleted() == 1
