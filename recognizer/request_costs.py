"""Costs of requests and socket messages, in the unit of the budget: one ordinary drawing.

`settings.REQUEST_COSTS` has the cost of each kind; the tables here give the kind of each route.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from django.conf import settings

Kind = Literal[
    "free",
    "image",
    "read",
    "page",
    "change",
    "drawing",
    "picture",
    "claim",
    "review",
    "side_by_side",
    "explanation",
    "evaluation",
    "training",
    "import",
    "export",
]

KIND_MEANINGS: Mapping[Kind, str] = {
    "free": "Health checks and metrics.",
    "image": "The raster of a drawing.",
    "read": "A read request of the API.",
    "page": "A page.",
    "change": "A request that changes rows, and a message without another kind.",
    "drawing": "A drawing or a revision of it, for each started 250 points.",
    "picture": "An uploaded picture.",
    "claim": "A claim.",
    "review": "A review label; a bulk request costs this for each drawing.",
    "side_by_side": "A side-by-side request.",
    "explanation": "A new explanation of a drawing.",
    "evaluation": "An evaluation of a model.",
    "training": "A training run or a training set.",
    "import": "An import of a training set.",
    "export": "An export of data.",
}

ROUTE_COSTS: Mapping[str, Kind | Mapping[str, Kind]] = {
    "healthz": "free",
    "readyz": "free",
    "metrics": "free",
    "favicon": "free",
    "api-guests": "change",
    "api-challenges": "change",
    "api-challenge": "read",
    "api-challenge-prompt": "drawing",
    "api-drawings": {"GET": "read", "POST": "drawing"},
    "api-drawing-batch": "drawing",
    "api-drawing": {"GET": "read", "DELETE": "change"},
    "api-drawing-restore": "change",
    "api-drawing-raster": "image",
    "api-drawing-claim": "claim",
    "api-drawing-explanation": "read",
    "api-example-explanation": "read",
    "api-me": {"GET": "read", "PATCH": "change", "DELETE": "change"},
    "api-me-export": "export",
    "api-models": "read",
    "api-models-rollback": "change",
    "api-model": "read",
    "api-model-browser": "read",
    "api-model-download": "page",
    "api-model-promote": "change",
    "api-model-shadow": "change",
    "api-model-compare": "evaluation",
    "api-snapshots": {"GET": "read", "POST": "training"},
    "api-snapshot-import": "import",
    "api-snapshot": "read",
    "api-snapshot-export": "export",
    "api-snapshot-diff": "read",
    "api-review-next": "read",
    "api-review-drawings": "read",
    "api-review-relabel": "review",
    "api-review-relabel-undo": "review",
    "api-review": "review",
    "api-training-runs": {"GET": "read", "POST": "training"},
    "api-training-run": "read",
    "api-training-run-cancel": "change",
    "api-drift": "read",
    "api-proposals": "read",
    "api-proposal-start": "training",
    "api-proposal-dismiss": "change",
    "api-webhooks": {"GET": "read", "POST": "change"},
    "api-webhook": {"GET": "read", "PATCH": "change", "DELETE": "change"},
    "api-webhook-rotate": "change",
    "api-webhook-test": "change",
    "api-webhook-deliveries": "read",
    "api-webhook-replay": "change",
    "api-schema": "page",
    "api-docs": "page",
    "api-not-found": "read",
    "draw": "page",
    "offline_page": "page",
    "service_worker": "read",
    "challenge": "page",
    "challenge_leaderboard": "change",
    "challenge_result": "page",
    "history": "page",
    "history_summaries": "page",
    "history_drawing": "page",
    "history_label": "claim",
    "history_delete": "change",
    "history_restore": "change",
    "how_it_works": "page",
    "training": "page",
    "training_start": "training",
    "training_run": "page",
    "training_cancel": "change",
    "drift": "page",
    "proposal_start": "training",
    "proposal_dismiss": "change",
    "models": "page",
    "side_by_side": "change",
    "models_rollback": "change",
    "evaluation": "page",
    "model": "page",
    "model_choose_compare": "page",
    "model_compare": "page",
    "model_misclassified": "page",
    "model_promote": "change",
    "model_evaluate": "evaluation",
    "model_shadow": "page",
    "model_shadow_change": "change",
    "snapshots": "page",
    "snapshot_make": "training",
    "snapshot_import": "import",
    "snapshot": "page",
    "snapshot_diff": "page",
    "review": "page",
    "review_all": "page",
    "review_digit": "page",
    "webhooks": "page",
    "webhook_create": "change",
    "webhook": "page",
    "webhook_update": "change",
    "webhook_switch": "change",
    "webhook_rotate": "change",
    "webhook_test": "change",
    "webhook_replay": "change",
    "webhook_delete": "change",
    "account": "page",
    "account_consent": "change",
    "account_make_token": "change",
    "account_revoke_token": "change",
    "account_end_session": "change",
    "account_export": "export",
    "account_delete": "change",
}

PREFIX_COSTS: Mapping[str, Kind] = {
    "admin:": "page",
    "account_": "page",
    "mfa_": "page",
    "openid_connect_": "page",
    "socialaccount_": "page",
    "usersessions_": "page",
    "djdt:": "free",
}
"""Routes of the packages, by the beginning of their name."""

MESSAGE_COSTS: Mapping[str, Kind] = {
    "draw": "drawing",
    "claim": "claim",
    "side_by_side": "side_by_side",
    "resume": "change",
    "auth": "change",
}

NUM_POINTS_PER_COST = 250
NUM_ROWS_PER_COST = 40
"""A list of 200 rows takes as much processor time in the web process as dozens of drawings."""
NUM_BYTES_PER_COST = 32 * 1024
NUM_BODY_BYTES_PER_COST = 256 * 1024
NUM_INK_BYTES_PER_COST = 8 * 1024
"""About the bytes of NUM_POINTS_PER_COST points."""


def find_route_kind(name: str, method: str) -> Kind | None:
    """Return the kind of a route by its name, or None if no table has it."""
    kind = ROUTE_COSTS.get(name)
    if isinstance(kind, Mapping):
        return kind.get("GET" if method in ("HEAD", "OPTIONS") else method, "change")
    if kind is not None:
        return kind
    return next((cost for start, cost in PREFIX_COSTS.items() if name.startswith(start)), None)


def request_cost(name: str, method: str, *, size: int, is_form: bool = False) -> float:
    """Return the cost of a request by its route and the bytes of its body, before it is parsed.

    Ink costs by its points, which are known later; this is the part that its bytes show.
    """
    kind = find_route_kind(name, method) or "page"
    if kind == "free":
        return 0.0
    if kind == "drawing" and not is_form:
        return ink_size_cost(size)
    return cost_of("picture" if kind == "drawing" else kind) + size // NUM_BODY_BYTES_PER_COST


def ink_size_cost(size: int) -> float:
    """Return the least cost of ink, or of another message, of `size` bytes."""
    return 1.0 + size // NUM_INK_BYTES_PER_COST


def message_cost(type: str) -> float:
    """Return the cost of a socket message before its content is read."""
    return cost_of(MESSAGE_COSTS.get(type, "change"))


def cost_of(kind: Kind) -> float:
    costs: dict[str, float] = settings.REQUEST_COSTS
    return costs[kind]


def ink_cost(points: int) -> float:
    """Return the cost of a drawing: one for each started 250 points."""
    return cost_of("drawing") * max(1, -(-points // NUM_POINTS_PER_COST))


def response_cost(*, size: int, rows: int = 0) -> float:
    """Return what a response of `size` bytes and `rows` rows costs besides its route."""
    return float(size // NUM_BYTES_PER_COST + rows // NUM_ROWS_PER_COST)
