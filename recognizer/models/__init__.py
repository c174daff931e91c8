"""The tables. Rows are the truth; everything else is a hint of them."""

from recognizer.models.account import ApiToken, Feed, User
from recognizer.models.drawing import NOT_A_DIGIT, Drawing, Status, uuid7
from recognizer.models.label import Label, Source
from recognizer.models.model_version import ModelVersion, Promotion
from recognizer.models.prediction import Prediction, Verdict

__all__ = [
    "NOT_A_DIGIT",
    "ApiToken",
    "Drawing",
    "Feed",
    "Label",
    "ModelVersion",
    "Prediction",
    "Promotion",
    "Source",
    "Status",
    "User",
    "Verdict",
    "uuid7",
]
