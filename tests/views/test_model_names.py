"""Display names of models."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import ModelVersion
from recognizer.views.model_display_names import model_name, model_title, number_models
from tests.api.factories import make_model_version

pytestmark = pytest.mark.django_db


def test_numbers_versions_of_a_name_by_age() -> None:
    versions = [_make(name, i) for i, name in enumerate(["inknet", "fnn", "inknet"])]
    assert [model_title(version) for version in versions] == ["Inknet 1", "FNN 1", "Inknet 2"]


def test_name_has_the_day_and_an_earlier_year() -> None:
    version = _make("inknet", 0)
    ModelVersion.objects.update(created_at=datetime(2020, 11, 28, 12, tzinfo=UTC))
    version.refresh_from_db()
    assert model_name(version) == "Inknet 1, 28 Nov 2020"


def test_numbers_a_list_in_one_query() -> None:
    versions = [_make("inknet", i) for i in range(3)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        number_models(versions)
        assert [model_title(version) for version in versions][-1] == "Inknet 3"
    assert len(queries) == 1


def _make(name: str, index: int) -> ModelVersion:
    return make_model_version(name, f"{index:064x}")
