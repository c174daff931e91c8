"""A first promotion, another one, and a rollback."""

from recognizer.models import ModelVersion, PromotionKind, User
from recognizer.registry.promotion import append_promotion, load_latest_promotion, roll_back
from tests.api.factories import make_model_version


def promote_two_and_roll_back(admin: User) -> tuple[ModelVersion, ModelVersion]:
    """Return the two models, of which the first is the champion again."""
    first, second = make_model_version(), make_model_version("second", "ef" * 32)
    append_promotion(model=first, by=admin, reason="First.", kind=PromotionKind.FIRST)
    append_promotion(
        model=second,
        by=admin,
        reason="Better.",
        kind=PromotionKind.OVERRIDE,
        replaces=load_latest_promotion(),
    )
    roll_back(by=admin)
    return first, second
