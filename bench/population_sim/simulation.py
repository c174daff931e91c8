"""One life of a town, from its first drawing to a network that it taught."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.harness.bench_site import BenchSite
from bench.population_sim.api_client import JSON, ApiClient, wait_for
from bench.population_sim.serving_monitor import ContinuousClient, SwitchTimes, switch_champion
from bench.population_sim.simulated_reviewers import review_queue
from bench.population_sim.simulated_users import (
    Population,
    SubmittedDrawing,
    distribute_inks,
    draw_all,
    draw_and_claim,
    make_noisy_claims,
)
from ml.data.datasets import load_pen

NUM_WRITERS, NUM_DIGITS_DRAWN = 20, 1_500
VANDAL, FLIPPED_DIGIT, FLIPPED_TO = "vandal", 4, 9
VANDAL_FRACTION = 0.2  # of the volume
REVIEWED_FRACTION = 0.4
NUM_WORKERS = 3
REVIEWERS = ("reviewer1", "reviewer2", "reviewer3")
RUN_TIMEOUT_S = 1_800


@dataclass(slots=True)
class SimulationResult:
    """What came of one seed. Of the strangers, whom nobody taught, each network's answers are
    right or wrong drawing by drawing."""

    seed: int
    drawn: int = 0
    judged: int = 0
    flips: int = 0
    flips_in: int = 0
    taught: int = 0
    champion_right: list[bool] = field(default_factory=list)
    challenger_right: list[bool] = field(default_factory=list)
    evaluation: JSON = field(default_factory=dict)
    unreviewed: JSON = field(default_factory=dict)
    switches: list[SwitchTimes] = field(default_factory=list)
    lost: int = 0
    run_s: float = 0.0


def run_simulation(seed: int, *, champion: Path, epochs: int | None) -> SimulationResult:
    """A fresh site with three workers; everything over its public interface."""
    environment = {"DEFAULT_MODEL_DIR": str(champion.resolve()), "DEVICE": "cpu"}
    with BenchSite(workers=NUM_WORKERS, programs=("background",), environment=environment) as site:
        return _Simulation(site, seed, epochs).live()


class _Simulation:
    def __init__(self, site: BenchSite, seed: int, epochs: int | None) -> None:
        self.rng = np.random.default_rng(seed)
        self.life = SimulationResult(seed)
        self.town = Population()
        self.epochs = {} if epochs is None else {"epochs": epochs}
        writers = [f"writer{number}" for number in range(NUM_WRITERS)]
        wanted = [*writers, VANDAL, "stranger", "passer"]
        wanted += [f"{name}:reviewer" for name in REVIEWERS] + ["boss:admin"]
        tokens = json.loads(site.run(["bench.population_sim.create_accounts", *wanted]))
        self.apis = {name: ApiClient(site.port, token) for name, token in tokens.items()}
        self.boss = self.apis["boss"]
        self.strangers = [*load_pen("validation"), *load_pen("test")]

    def live(self) -> SimulationResult:
        life = self.life
        self.draw()
        self.tell(f"{life.drawn} drawings, of them {life.flips} turned by the vandal")
        judges = [self.apis[name] for name in REVIEWERS]
        most = int(REVIEWED_FRACTION * life.drawn)
        life.judged = len(review_queue(self.town, judges, most=most, rng=self.rng))
        snapshot = self.boss.post("snapshots/", {"note": "reviewed"})
        taught = self.read_items(snapshot["id"])
        life.taught = sum(one["split"] == "training" for one in taught)
        life.flips_in = sum(self.is_flip(one["drawing"], one["label"]) for one in taught)
        self.tell(f"{life.judged} judged, {len(taught)} in the snapshot, {life.flips_in} flips")
        first = self.serving()
        life.champion_right = self.ask_strangers()
        model, life.evaluation = self.train(snapshot["id"])
        unreviewed = self.import_claims()
        _, life.unreviewed = self.train(unreviewed)
        self.change_champions(first, model)
        life.challenger_right = self.ask_strangers()
        return life

    def draw(self) -> None:
        """The writers in turn; the vandal's fours are mostly ones nobody drew."""
        inks = load_pen("train")
        own = distribute_inks(inks, NUM_WRITERS, NUM_DIGITS_DRAWN, self.rng)
        for number, writer in enumerate(sorted({ink.writer for ink in own})):
            mine = [ink for ink in own if ink.writer == writer]
            name, claims = f"writer{number}", make_noisy_claims(mine, self.rng)
            draw_and_claim(self.town, self.apis[name], name, mine, claims)
        drawn = set(own)
        fours = [ink for ink in inks if ink.label == FLIPPED_DIGIT]
        fours.sort(key=lambda ink: ink in drawn)
        fours = fours[: int(NUM_DIGITS_DRAWN * VANDAL_FRACTION / (1 - VANDAL_FRACTION))]
        draw_and_claim(self.town, self.apis[VANDAL], VANDAL, fours, [FLIPPED_TO] * len(fours))
        self.life.drawn, self.life.flips = len(self.town.drawn), len(fours)

    def is_flip(self, id: str, label: object) -> bool:
        return self.town.drawn[id].person == VANDAL and label == FLIPPED_TO

    def read_items(self, snapshot: str) -> list[JSON]:
        lines = self.boss.get_text(f"snapshots/{snapshot}/export/?format=jsonl").splitlines()
        return [json.loads(line) for line in lines]

    def serving(self) -> str:
        models = self.boss.get("models/")
        return next(str(one["id"]) for one in models if one["champion"])

    def ask_strangers(self) -> list[bool]:
        """Whether each drawing of the ten writers whom nobody taught is read right."""
        answers = draw_all(self.apis["stranger"], self.strangers)
        pairs = zip(answers, self.strangers, strict=True)
        return [answer["prediction"]["digit"] == ink.label for answer, ink in pairs]

    def train(self, snapshot: str) -> tuple[str, JSON]:
        """A run on this snapshot from what serves; the network, and how the gate judged it."""
        wishes = {"snapshot": snapshot, "rehearsal": "mnist", "seed": self.life.seed}
        asked = self.boss.post("training-runs/", {**wishes, **self.epochs})
        address = f"training-runs/{asked['id']}/"
        ended = ("succeeded", "failed", "cancelled")

        def look() -> JSON | None:
            run: JSON = self.boss.get(address)
            return run if run["status"] in ended else None

        run: JSON = wait_for(look, within_s=RUN_TIMEOUT_S)
        if run["status"] != "succeeded":
            raise RuntimeError(f"The run ended: {run['status']}, {run.get('error')}")
        evaluation: JSON = self.boss.get(f"models/{run['model']}/")["evaluations"][0]
        self.tell(f"{run['model']}: {evaluation['gate_result']}, {evaluation['decided_by']}")
        return str(run["model"]), evaluation

    def import_claims(self) -> str:
        """What a loop without review would learn from: every claim, as it was made."""
        lines = [_to_line(one) for one in self.town.drawn.values()]
        content = "\n".join(json.dumps(line) for line in lines).encode()
        imported: JSON = self.boss.post_file(
            "snapshots/import/", name="claims.jsonl", content=content, fields={"note": "claims"}
        )
        return str(imported["snapshot"]["id"])

    def change_champions(self, first: str, model: str) -> None:
        """Promote, go back, promote again, while somebody draws."""
        inks = self.strangers[:60]
        promote, back = f"models/{model}/promote/", "models/rollback/"
        reason = {"reason": "bench"}
        with ContinuousClient(self.apis["passer"], inks) as drawer:
            for call, to in ((promote, model), (back, first), (promote, model)):
                changed = switch_champion(
                    self.boss, drawer, call=call, body=reason, to=to, workers=NUM_WORKERS
                )
                self.life.switches.append(changed)
        self.life.lost = drawer.asked - len(drawer.answered)
        named = Counter(one.model for one in drawer.answered)
        self.tell(f"answers meanwhile: {dict(named)}")

    def tell(self, what: str) -> None:
        print(f"  {what}", flush=True)


def _to_line(one: SubmittedDrawing) -> JSON:
    """Nobody's name is told, so that no cap on a person's share holds."""
    return {"strokes": one.ink.strokes, "label": one.claim, "split": "training"}
