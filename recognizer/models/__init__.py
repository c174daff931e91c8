"""Database models. The row is authoritative; queue and websocket messages are notifications."""

from recognizer.models.account import ApiToken, Feed, User
from recognizer.models.drawing import NOT_A_DIGIT_LABEL, Drawing, Status, uuid7
from recognizer.models.drift import RetrainingProposal
from recognizer.models.embedding import Embedding
from recognizer.models.label import Label, LabelKind, LabelSource
from recognizer.models.model_version import (
    Evaluation,
    GateResult,
    ModelVersion,
    Promotion,
    PromotionKind,
)
from recognizer.models.prediction import Decision, Prediction
from recognizer.models.review import (
    AnnotatorStats,
    Basis,
    GoldDrawing,
    GroundTruth,
    ReviewItem,
    ReviewReason,
)
from recognizer.models.snapshot import Snapshot, SnapshotDrawing, SnapshotItem, Split
from recognizer.models.training_run import Rehearsal, RunEvent, RunStatus, TrainingRun, Trigger
