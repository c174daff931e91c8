"""The loaded models by their hash, the champion among them, swapped while the worker runs.

A thread of its own asks who serves and loads what may serve next, so that neither ever delays an
answer; the thread that answers takes the champion as it finds it, for a whole group.
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
from recognizer.registry.artifact_store import CannotFetch, fetch_model
from recognizer.registry.preload import find_models_to_preload
from recognizer.registry.promotion import load_champion, promote_default_model

log = logging.getLogger(__name__)

CHAMPION_CACHE_TTL_S = 0.25
"""A promotion serves within a second: asking, and loading what was not foreseen."""
PRELOAD_CHECK_INTERVAL_S = 2.0
LOAD_RETRY_INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that can answer: its row's id, the name that answers carry, the network."""

    model_id: int
    label: str
    predictor: Predictor


@dataclass(frozen=True, slots=True)
class LoadError:
    """A champion that this worker cannot load, and why; it serves on with the one before."""

    label: str
    why: str


class ModelCache:
    """`champion` is for one thread, `refresh` for another one. Keeps the champion, the one before
    it and those that may be next; so a roll-back costs nothing, and memory has a limit."""

    def __init__(self) -> None:
        self.load_error: LoadError | None = None
        self.has_shadow_models = False
        self.on_change: Callable[[], None] = lambda: None
        self._loaded: dict[str, LoadedModel] = {}
        self._champion: LoadedModel | None = None
        self._ask_again_at = 0.0
        self._ask_for_spares_at = 0.0
        self._not_before: dict[str, float] = {}
        self._watcher: threading.Thread | None = None
        self._preloader: threading.Thread | None = None

    def start(self) -> LoadedModel:
        """Load the champion; on the first start of a site that is the shipped model."""
        self._champion = self.load(promote_default_model(settings.DEFAULT_MODEL_DIR))
        return self._champion

    def watch(self) -> None:
        """From now on a thread keeps it level."""
        self._watcher = threading.Thread(target=self._watch, name="champion", daemon=True)
        self._watcher.start()

    def champion(self) -> LoadedModel:
        """The model whose answers people see."""
        if self._champion is None:
            return self.start()
        if self._watcher is None and time.monotonic() >= self._ask_again_at:
            self.refresh()
        return self._champion

    def serves(self) -> str:
        return self._champion.label if self._champion else ""

    def ready(self) -> list[str]:
        return sorted(loaded.label for loaded in tuple(self._loaded.values()))

    def refresh(self) -> None:
        """Ask who serves, and serve with it as soon as it is loaded."""
        self._ask_again_at = time.monotonic() + CHAMPION_CACHE_TTL_S
        version = load_champion()
        if version is not None and self._is_due(version):
            self._serve(version)
        if time.monotonic() >= self._ask_for_spares_at:
            self._ask_for_spares_at = time.monotonic() + PRELOAD_CHECK_INTERVAL_S
            self._keep_spares()

    def load(self, version: ModelVersion) -> LoadedModel:
        """Raises CannotFetch and CannotLoadRelease."""
        loaded = self._loaded.get(version.sha256)
        if loaded is None:
            folder = fetch_model(version, settings.STATE_DIR / "models")
            device = None if settings.DEVICE == "auto" else settings.DEVICE
            predictor = load_predictor(folder, device)
            predictor.predict_rasters(
                np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
            )  # the first is slow
            loaded = LoadedModel(version.pk, version.ref, predictor)
            self._loaded[version.sha256] = loaded
            log.info("Loaded %s", loaded.label)
            self.on_change()
        return loaded

    def keep(self, sha256s: Collection[str]) -> None:
        """Let go of all others."""
        for sha256 in set(self._loaded) - set(sha256s):
            del self._loaded[sha256]
            self.on_change()

    def _is_due(self, version: ModelVersion) -> bool:
        is_serving = self._champion is not None and self._champion.model_id == version.pk
        if is_serving and self.load_error is not None:  # somebody rolled back
            self.load_error = None
            self.on_change()
        return not is_serving and time.monotonic() >= self._not_before.get(version.sha256, 0)

    def _serve(self, version: ModelVersion) -> None:
        """A champion that cannot be loaded does not stop the one that serves."""
        try:
            self._champion, self.load_error = self.load(version), None
            self._ask_for_spares_at = 0.0
        except (CannotFetch, CannotLoadRelease) as error:
            log.exception("%s cannot serve", version)
            self._not_before[version.sha256] = time.monotonic() + LOAD_RETRY_INTERVAL_S
            self.load_error = LoadError(version.ref, str(error))
        self.on_change()

    def _keep_spares(self) -> None:
        plan = find_models_to_preload()
        spares, self.has_shadow_models = plan.models, plan.has_shadow_models
        serving = self._champion.predictor.sha256 if self._champion else ""
        self.keep({version.sha256 for version in spares} | {serving})
        missing = [version for version in spares if version.sha256 not in self._loaded]
        if missing and self._watcher is not None and not _is_thread_alive(self._preloader):
            self._preloader = threading.Thread(
                target=self._preload, args=(missing,), name="preload", daemon=True
            )
            self._preloader.start()

    def _preload(self, versions: Iterable[ModelVersion]) -> None:
        """One that cannot be loaded is said when it shall serve; until then it is nobody's harm."""
        for version in versions:
            if time.monotonic() < self._not_before.get(version.sha256, 0):
                continue
            try:
                self.load(version)
            except (CannotFetch, CannotLoadRelease) as error:
                self._not_before[version.sha256] = time.monotonic() + LOAD_RETRY_INTERVAL_S
                log.warning("%s cannot be made ready: %s", version, error)
        connection.close()

    def _watch(self) -> None:
        while True:
            try:
                self.refresh()
            except (DatabaseError, InterfaceError):  # who serves is asked again in a moment
                connection.close()
            except Exception:  # a worker that stops asking would serve an old champion for ever
                log.exception("Who serves could not be asked")
            time.sleep(CHAMPION_CACHE_TTL_S)


def _is_thread_alive(thread: threading.Thread | None) -> bool:
    return thread is not None and thread.is_alive()


model_cache = ModelCache()
