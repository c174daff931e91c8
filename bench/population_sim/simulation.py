"""One simulation of the loop, from the first drawing to a promoted model."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.harness.api_client import JSON, ApiClient, wait_for
from bench.harness.bench_site import BenchSite
from bench.population_sim.serving_monitor import ContinuousClient, SwitchTimes, switch_champion
from bench.population_sim.simulated_reviewers import review_queue
from bench.population_sim.simulated_users import (
    Population,
    SubmittedDrawing,
    draw_and_claim,
    make_noisy_claims,
    sample_inks,
    submit_drawings,
)
from ml.data.datasets import load_pen

NUM_WRITERS, NUM_DIGITS_DRAWN = 20, 1_500
VANDAL, FLIPPED_DIGIT, FLIPPED_TO = "vandal", 4, 9
VANDAL_FRACTION = 0.2  # of all drawings
REVIEWED_FRACTION = 0.4
NUM_WORKERS = 3
REVIEWERS = ("reviewer1", "reviewer2", "reviewer3")
RUN_TIMEOUT_S = 1_800


@dataclass(slots=True)
class SimulationResult:
    """Result of one seed.

    `champion_correct` and `challenger_correct` are the predictions for holdout writers, in the same
    order of drawings.
    """

    seed: int
    drawings: int = 0
    reviews: int = 0
    flips: int = 0
    flips_in_snapshot: int = 0
    training_drawings: int = 0
    champion_correct: list[bool] = field(default_factory=list)
    challenger_correct: list[bool] = field(default_factory=list)
    evaluation: JSON = field(default_factory=dict)
    unreviewed: JSON = field(default_factory=dict)
    switches: list[SwitchTimes] = field(default_factory=list)
    lost: int = 0


def run_simulation(seed: int, *, champion: Path, epochs: int | None) -> SimulationResult:
    """Run a simulation on a new site with three workers, through its public interface."""
    environment = {"DEFAULT_MODEL_DIR": str(champion.resolve()), "DEVICE": "cpu"}
    with BenchSite(workers=NUM_WORKERS, programs=("background",), environment=environment) as site:
        return _Simulation(site, seed, epochs).run()


class _Simulation:
    def __init__(self, site: BenchSite, seed: int, epochs: int | None) -> None:
        self.rng = np.random.default_rng(seed)
        self.result = SimulationResult(seed)
        self.population = Population()
        self.run_options: JSON = {"rehearsal": "mnist", "seed": seed}
        if epochs is not None:
            self.run_options["epochs"] = epochs
        names = [f"writer{number}" for number in range(NUM_WRITERS)]
        names += [VANDAL, "holdout", "continuous", "admin:admin"]
        names += [f"{name}:reviewer" for name in REVIEWERS]
        tokens = json.loads(site.run(["bench.population_sim.create_accounts", *names]))
        self.apis = {name: ApiClient(site.port, token) for name, token in tokens.items()}
        self.admin = self.apis["admin"]
        self.holdout_inks = [*load_pen("validation"), *load_pen("test")]

    def run(self) -> SimulationResult:
        result = self.result
        self.draw()
        print(f"  {result.drawings} drawings, {result.flips} with flipped labels", flush=True)
        snapshot = self.review()
        first = self.find_champion()
        result.champion_correct = self.predict_holdout()
        model, result.evaluation = self.train(snapshot)
        _, result.unreviewed = self.train(self.import_claims())
        self.switch_champions(first, model)
        result.challenger_correct = self.predict_holdout()
        return result

    def draw(self) -> None:
        """Submit the drawings of the writers, then fours of the vandal, unused ones first."""
        inks = load_pen("train")
        chosen = sample_inks(inks, NUM_WRITERS, NUM_DIGITS_DRAWN, self.rng)
        for number, writer in enumerate(sorted({ink.writer for ink in chosen})):
            own = [ink for ink in chosen if ink.writer == writer]
            name, claims = f"writer{number}", make_noisy_claims(own, self.rng)
            draw_and_claim(self.population, self.apis[name], name, own, claims)
        used = set(chosen)
        fours = [ink for ink in inks if ink.label == FLIPPED_DIGIT]
        fours.sort(key=lambda ink: ink in used)
        fours = fours[: int(NUM_DIGITS_DRAWN * VANDAL_FRACTION / (1 - VANDAL_FRACTION))]
        claims = [FLIPPED_TO] * len(fours)
        draw_and_claim(self.population, self.apis[VANDAL], VANDAL, fours, claims)
        self.result.drawings, self.result.flips = len(self.population.drawings), len(fours)

    def review(self) -> str:
        """Review a part of the drawings; return the id of a snapshot of the labels."""
        result = self.result
        labels = review_queue(
            self.population,
            [self.apis[name] for name in REVIEWERS],
            max_reviews=int(REVIEWED_FRACTION * result.drawings),
            rng=self.rng,
        )
        result.reviews = len(labels)
        snapshot = str(self.admin.post("snapshots/", {"note": "reviewed"})["id"])
        lines = self.admin.get_text(f"snapshots/{snapshot}/export/?format=jsonl").splitlines()
        items = [json.loads(line) for line in lines]
        result.training_drawings = sum(item["split"] == "training" for item in items)
        result.flips_in_snapshot = sum(
            self.population.drawings[item["drawing"]].user == VANDAL and item["label"] == FLIPPED_TO
            for item in items
        )
        print(
            f"  {result.reviews} reviews, {len(items)} drawings in the snapshot,"
            f" {result.flips_in_snapshot} flipped",
            flush=True,
        )
        return snapshot

    def find_champion(self) -> str:
        return next(str(one["id"]) for one in self.admin.get("models/") if one["champion"])

    def predict_holdout(self) -> list[bool]:
        """Return whether the prediction is correct for each drawing of the ten holdout writers."""
        drawings = submit_drawings(self.apis["holdout"], self.holdout_inks)
        pairs = zip(drawings, self.holdout_inks, strict=True)
        return [drawing["prediction"]["digit"] == ink.label for drawing, ink in pairs]

    def train(self, snapshot: str) -> tuple[str, JSON]:
        """Fine-tune the champion on a snapshot; return the new model and its evaluation."""
        created = self.admin.post("training-runs/", {"snapshot": snapshot, **self.run_options})

        def load_ended_run() -> JSON | None:
            run: JSON = self.admin.get(f"training-runs/{created['id']}/")
            return run if run["status"] in ("succeeded", "failed", "cancelled") else None

        run: JSON = wait_for(load_ended_run, within_s=RUN_TIMEOUT_S)
        if run["status"] != "succeeded":
            raise RuntimeError(f"The run ended: {run['status']}, {run.get('error')}")
        evaluation: JSON = self.admin.get(f"models/{run['model']}/")["evaluations"][0]
        decision = f"{evaluation['gate_result']}, {evaluation['decided_by']}"
        print(f"  {run['model']}: {decision}", flush=True)
        return str(run["model"]), evaluation

    def import_claims(self) -> str:
        """Import all claims without review as a snapshot; return its id."""
        lines = [json.dumps(_to_line(one)) for one in self.population.drawings.values()]
        imported: JSON = self.admin.post_file(
            "snapshots/import/",
            name="claims.jsonl",
            content="\n".join(lines).encode(),
            fields={"note": "claims"},
        )
        return str(imported["snapshot"]["id"])

    def switch_champions(self, first: str, model: str) -> None:
        """Promote, roll back and promote again while a client submits drawings."""
        promote, rollback = f"models/{model}/promote/", "models/rollback/"
        with ContinuousClient(self.apis["continuous"], self.holdout_inks[:60]) as client:
            for path, to in ((promote, model), (rollback, first), (promote, model)):
                times = switch_champion(
                    self.admin,
                    client,
                    path=path,
                    body={"reason": "bench"},
                    to=to,
                    workers=NUM_WORKERS,
                )
                self.result.switches.append(times)
        self.result.lost = client.sent - len(client.served)
        models = Counter(one.model for one in client.served)
        print(f"  predictions during the switches: {dict(models)}", flush=True)


def _to_line(drawing: SubmittedDrawing) -> JSON:
    """Return a line for the import, without a user so that no cap per user applies."""
    return {"strokes": drawing.ink.strokes, "label": drawing.claim, "split": "training"}
