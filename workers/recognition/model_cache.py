"""The loaded models by their hash, with the champion, which is switched while the worker runs.

A thread polls which model is the champion and loads models in advance, so that neither delays a
prediction. The recognition thread takes the current champion for a whole batch.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from ml.artifacts.model_card import CannotLoadRelease
from ml.inference.predictor import Predictor, load_predictor
from ml.preprocessing.rasterize import IMAGE_SIZE
from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import CannotFetch
from recognizer.registry.models_to_preload import find_models_to_preload
from recognizer.registry.promotion import load_champion, promote_default_model
from workers.fetch_model_files import fetch_model_dir

log = logging.getLogger(__name__)

CHAMPION_CACHE_TTL_S = 0.25
"""A promotion must serve within a second, including this delay and the loading of the model."""
PRELOAD_CHECK_INTERVAL_S = 2.0
LOAD_RETRY_INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A loaded model: the id of its row, its reference `name@sha12`, its predictor."""

    model_id: int
    ref: str
    predictor: Predictor


@dataclass(frozen=True, slots=True)
class LoadError:
    """A champion that this worker cannot load. The previous champion keeps serving."""

    ref: str
    reason: str


class ModelCache:
    """Loaded models. `get_champion` is for one thread, `refresh` for another one.

    Holds the champion, the previous champion and possible successors. A rollback is immediate, and
    memory is bounded.
    """

    def __init__(self) -> None:
        self.load_error: LoadError | None = None
        self.has_shadow_models = False
        self.on_change: Callable[[], None] = lambda: None
        self._loaded: dict[str, LoadedModel] = {}
        self._champion: LoadedModel | None = None
        self._next_refresh_at = 0.0
        self._next_preload_at = 0.0
        self._retry_at: dict[str, float] = {}
        self._refresher: threading.Thread | None = None
        self._preloader: threading.Thread | None = None

    def load_champion(self) -> LoadedModel:
        """Load the champion. On the first start of a site that is the bundled default model."""
        self._champion = self.load(promote_default_model(settings.DEFAULT_MODEL_DIR))
        return self._champion

    def start_refresh_thread(self) -> None:
        self._refresher = threading.Thread(
            target=self._refresh_loop, name="model-refresh", daemon=True
        )
        self._refresher.start()

    def get_champion(self) -> LoadedModel:
        if self._champion is None:
            return self.load_champion()
        if self._refresher is None and time.monotonic() >= self._next_refresh_at:
            self.refresh()
        return self._champion

    def champion_ref(self) -> str:
        return self._champion.ref if self._champion else ""

    def loaded_refs(self) -> list[str]:
        return sorted(loaded.ref for loaded in tuple(self._loaded.values()))

    def refresh(self) -> None:
        """Query the champion, load it if it has changed, and preload other models."""
        self._next_refresh_at = time.monotonic() + CHAMPION_CACHE_TTL_S
        version = load_champion()
        if version is not None and self._needs_switch(version):
            self._switch_champion(version)
        if time.monotonic() >= self._next_preload_at:
            self._next_preload_at = time.monotonic() + PRELOAD_CHECK_INTERVAL_S
            self._update_preloaded()

    def load(self, version: ModelVersion) -> LoadedModel:
        """Return a loaded model. Raises CannotFetch and CannotLoadRelease."""
        loaded = self._loaded.get(version.sha256)
        if loaded is None:
            device = None if settings.DEVICE == "auto" else settings.DEVICE
            predictor = load_predictor(fetch_model_dir(version), device)
            # The first prediction is slow.
            predictor.predict_rasters(np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8))
            loaded = LoadedModel(version.pk, version.ref, predictor)
            self._loaded[version.sha256] = loaded
            log.info("Loaded %s", loaded.ref)
            self.on_change()
        return loaded

    def retain(self, sha256s: Collection[str]) -> None:
        """Unload all other models."""
        for sha256 in set(self._loaded) - set(sha256s):
            del self._loaded[sha256]
            self.on_change()

    def _needs_switch(self, version: ModelVersion) -> bool:
        is_serving = self._champion is not None and self._champion.model_id == version.pk
        if is_serving and self.load_error is not None:  # an admin rolled back
            self.load_error = None
            self.on_change()
        return not is_serving and self._may_load(version)

    def _switch_champion(self, version: ModelVersion) -> None:
        """Load the new champion. If that fails, the current one keeps serving."""
        try:
            self._champion, self.load_error = self.load(version), None
            self._next_preload_at = 0.0
        except (CannotFetch, CannotLoadRelease) as error:
            log.exception("Cannot load the champion %s", version)
            self._delay_retry(version)
            self.load_error = LoadError(version.ref, str(error))
        self.on_change()

    def _update_preloaded(self) -> None:
        plan = find_models_to_preload()
        versions, self.has_shadow_models = plan.models, plan.has_shadow_models
        serving = self._champion.predictor.sha256 if self._champion else ""
        self.retain({version.sha256 for version in versions} | {serving})
        missing = [version for version in versions if version.sha256 not in self._loaded]
        is_preloading = self._preloader is not None and self._preloader.is_alive()
        if missing and self._refresher is not None and not is_preloading:
            self._preloader = threading.Thread(
                target=self._preload, args=(missing,), name="preload", daemon=True
            )
            self._preloader.start()

    def _preload(self, versions: Iterable[ModelVersion]) -> None:
        """Load models. An error is shown to admins only once the model becomes the champion."""
        for version in versions:
            if not self._may_load(version):
                continue
            try:
                self.load(version)
            except (CannotFetch, CannotLoadRelease) as error:
                self._delay_retry(version)
                log.warning("Cannot preload %s: %s", version, error)
        connection.close()

    def _may_load(self, version: ModelVersion) -> bool:
        return time.monotonic() >= self._retry_at.get(version.sha256, 0)

    def _delay_retry(self, version: ModelVersion) -> None:
        self._retry_at[version.sha256] = time.monotonic() + LOAD_RETRY_INTERVAL_S

    def _refresh_loop(self) -> None:
        while True:
            try:
                self.refresh()
            except (DatabaseError, InterfaceError):  # retried after the pause
                connection.close()
            except Exception:  # without this thread the worker would keep an old champion
                log.exception("Cannot refresh the champion")
            time.sleep(CHAMPION_CACHE_TTL_S)


model_cache = ModelCache()
