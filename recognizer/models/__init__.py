"""The tables. Rows are the truth; everything else is a hint of them."""

from recognizer.models.account import ApiToken, Feed, User
from recognizer.models.drawing import NOT_A_DIGIT, Drawing, Status, uuid7
from recognizer.models.embedding import Embedding, Proposal
from recognizer.models.label import Kind, Label, Source
from recognizer.models.model_version import (
    Evaluation,
    ModelVersion,
    Outcome,
    Promotion,
    PromotionKind,
)
from recognizer.models.prediction import Prediction, Verdict
from recognizer.models.review import Basis, Gold, Reason, Record, ReviewCard, Truth
from recognizer.models.snapshot import Sample, Snapshot, SnapshotItem, Split
from recognizer.models.training_run import Rehearsal, RunEvent, RunStatus, TrainingRun, Trigger

__all__ = [
    "NOT_A_DIGIT",
    "ApiToken",
    "Basis",
    "Drawing",
    "Embedding",
    "Evaluation",
    "Feed",
    "Gold",
    "Kind",
    "Label",
    "ModelVersion",
    "Outcome",
    "Prediction",
    "Promotion",
    "PromotionKind",
    "Proposal",
    "Reason",
    "Record",
    "Rehearsal",
    "ReviewCard",
    "RunEvent",
    "RunStatus",
    "Sample",
    "Snapshot",
    "SnapshotItem",
    "Source",
    "Split",
    "Status",
    "TrainingRun",
    "Trigger",
    "Truth",
    "User",
    "Verdict",
    "uuid7",
]
