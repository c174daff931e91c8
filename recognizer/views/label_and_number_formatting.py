"""Text of labels, predictions, percentages and counts on the pages."""

from decimal import ROUND_HALF_UP, Decimal

from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Prediction

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MAX_CONFIDENCE_SHOWN = 0.9995
MIN_CONFIDENCE_SHOWN = 0.0005


def format_percent(fraction: float, *, decimals: int = 2) -> str:
    """Round half up, as JavaScript does: both show the same number for one value."""
    percent = Decimal(100 * fraction).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{percent}{NO_BREAK_SPACE}%"


def format_confidence(confidence: float) -> str:
    """Return a confidence or probability in percent, never rounded up to 100 %.

    static/js/format_percent_and_labels.js does the same.
    """
    if confidence >= MAX_CONFIDENCE_SHOWN:
        return f"over 99.9{NO_BREAK_SPACE}%"
    is_near_limit = confidence >= 0.995 or MIN_CONFIDENCE_SHOWN <= confidence < 0.01
    return format_percent(confidence, decimals=1 if is_near_limit else 0)


def shown_probabilities(prediction: Prediction) -> list[float]:
    """Return the probabilities of the ten digits and of "not a digit".

    That of the prediction is the confidence. The stored ones are those given that the drawing is a
    digit; the difference to 1 is "not a digit". static/js/format_percent_and_labels.js does the
    same.
    """
    stored: list[float] = prediction.probabilities
    confidence = prediction.confidence
    if prediction.decision == Decision.NOT_A_DIGIT:
        return [*(probability * (1 - confidence) for probability in stored), confidence]
    best = stored[prediction.digit or 0]
    if best <= 0:
        return [*stored, 0.0]
    digits = [probability / best * confidence for probability in stored]
    return [*digits, max(0.0, 1 - sum(digits))]


def format_count(count: int, singular: str, plural: str = "") -> str:
    """Return the number and the noun: `1 drawing`, `1,200 drawings`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def format_label(value: int | None) -> str:
    """Return the digit, `not a digit`, or an empty string for a removed label."""
    if value is None:
        return ""
    return "not a digit" if value == NOT_A_DIGIT_LABEL else str(value)


def format_prediction(prediction: Prediction) -> str:
    """Return `7`, `7?` for an unsure prediction, or `not a digit`."""
    text = format_label(predicted_label(prediction))
    return f"{text}?" if prediction.decision == Decision.UNSURE else text


def predicted_label(prediction: Prediction) -> int:
    """Return the digit, or NOT_A_DIGIT_LABEL."""
    is_digit = prediction.decision != Decision.NOT_A_DIGIT and prediction.digit is not None
    return prediction.digit or 0 if is_digit else NOT_A_DIGIT_LABEL
