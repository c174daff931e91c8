"""A champion, and three models that are switched on beside it; drawings that were answered."""

from pathlib import Path

import pytest
from django.conf import settings

from recognizer.beside import choose_shown
from recognizer.contract import Ask
from recognizer.models import Drawing, ModelVersion, User
from recognizer.registry import promote_first_model, register_model
from tests.api.drawn import answered
from tests.beside.rasters import raster_of
from tests.fixtures.releases import SHIPPED, register_other

WEIGHTS = SHIPPED.parent


@pytest.fixture
def champion(db: None) -> ModelVersion:
    return promote_first_model(SHIPPED)


@pytest.fixture
def shown(champion: ModelVersion, tmp_path: Path) -> list[ModelVersion]:
    """In the order of the panel: two of the earlier systems, which know digits only, and a network
    that knows what is none."""
    versions = [
        register_other(tmp_path, name="a-challenger", temperature=2.0),
        *(register_model(WEIGHTS / name) for name in ("cnn_xavier", "fnn")),
    ]
    choose_shown([version.ref for version in versions])
    return versions


@pytest.fixture
def drawing(owner: User, champion: ModelVersion) -> Drawing:
    """Somebody's seven, as the worker leaves it."""
    drawing = answered(owner, digit=7, model=champion)
    assert drawing.prediction is not None
    drawing.prediction.raster = raster_of(7)
    drawing.prediction.save(update_fields=["raster"])
    return drawing


@pytest.fixture
def question(drawing: Drawing) -> Ask:
    return Ask(drawing.owner_id, str(drawing.pk), drawing.revision)


def copies_of(version: ModelVersion) -> Path:
    """Where the workers of this machine keep its files."""
    return Path(settings.HOME) / "models" / version.sha256
