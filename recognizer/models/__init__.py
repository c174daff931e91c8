"""Database models. The row is authoritative; queue and websocket messages are notifications."""

from recognizer.models.attempt_bucket import AttemptBucket
from recognizer.models.audit_event import AuditAction, AuditEvent
from recognizer.models.challenge import (
    MAX_NICKNAME_LENGTH,
    Challenge,
    ChallengeNickname,
    ChallengePrompt,
)
from recognizer.models.drawing import NOT_A_DIGIT_LABEL, Drawing, Status, uuid7
from recognizer.models.embedding import Embedding
from recognizer.models.ground_truth_and_review import (
    AnnotatorStats,
    Basis,
    GoldDrawing,
    GroundTruth,
    ReviewerFinding,
    ReviewItem,
    ReviewReason,
)
from recognizer.models.label import Label, LabelKind, LabelSource
from recognizer.models.model_registry import (
    Evaluation,
    GateResult,
    ModelVersion,
    Promotion,
    PromotionKind,
)
from recognizer.models.outgoing_mail import MailKind, OutgoingMail
from recognizer.models.prediction import Decision, Prediction
from recognizer.models.retraining_proposal import RetrainingProposal
from recognizer.models.site_identity import SiteIdentity
from recognizer.models.snapshot import (
    MAX_NUMBER,
    Snapshot,
    SnapshotDrawing,
    SnapshotItem,
    Split,
)
from recognizer.models.training_run import Rehearsal, RunEvent, RunStatus, TrainingRun, Trigger
from recognizer.models.user_and_api_token import ApiToken, Feed, User
from recognizer.models.webhook import (
    DeliveryStatus,
    DisabledReason,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
