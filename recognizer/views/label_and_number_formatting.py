"""Text of labels, predictions, percentages and counts on the pages."""

from recognizer.models import NOT_A_DIGIT_LABEL, Decision, Prediction

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MAX_CONFIDENCE_SHOWN = 0.9995


def format_percent(fraction: float, *, decimals: int = 2) -> str:
    return f"{100 * fraction:.{decimals}f}{NO_BREAK_SPACE}%"


def format_confidence(confidence: float) -> str:
    """Return a percentage that is never rounded up to 100 %, as static/js does."""
    if confidence >= MAX_CONFIDENCE_SHOWN:
        return f"over 99.9{NO_BREAK_SPACE}%"
    return format_percent(confidence, decimals=1 if confidence > 0.995 else 0)


def format_probability(probability: float) -> str:
    """Return a percentage of at most five characters and the sign.

    static/js/format_percent_and_labels.js does the same.
    """
    if probability >= MAX_CONFIDENCE_SHOWN or probability < 1 - MAX_CONFIDENCE_SHOWN:
        return format_percent(probability, decimals=0)
    return format_percent(probability, decimals=0 if 0.01 <= probability <= 0.995 else 1)


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
