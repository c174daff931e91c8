"""One number for the confidence: scripts and server show the same text in sentences and at bars."""

import json
from pathlib import Path

import pytest
from django.test import Client

from recognizer.models import Decision, Prediction, User
from recognizer.views.label_and_number_formatting import (
    NO_BREAK_SPACE,
    format_confidence,
    shown_probabilities,
)
from tests.api.factories import make_recognized_drawing
from tests.fixtures.users import SignIn

TEXTS = json.loads((Path(__file__).parent / "confidence_texts.json").read_text())
GIVEN_DIGIT = [0.003, 0, 0, 0, 0, 0, 0, 0.997, 0, 0]


@pytest.mark.parametrize(("confidence", "text"), TEXTS)
def test_confidence_has_the_text_of_the_scripts(confidence: float, text: str) -> None:
    assert format_confidence(confidence) == text.replace(" %", f"{NO_BREAK_SPACE}%")


@pytest.mark.parametrize(
    ("decision", "digit", "confidence", "seven"),
    [
        (Decision.DIGIT, 7, 0.98, 0.98),
        (Decision.UNSURE, 7, 0.4, 0.4),
        (Decision.NOT_A_DIGIT, None, 0.9, 0.0997),
    ],
)
def test_bar_of_the_predicted_digit_is_the_confidence(
    decision: Decision, digit: int | None, confidence: float, seven: float
) -> None:
    prediction = Prediction(
        decision=decision, digit=digit, confidence=confidence, probabilities=GIVEN_DIGIT
    )

    shown = shown_probabilities(prediction)

    assert shown[7] == pytest.approx(seven)
    assert sum(shown) <= 1


@pytest.mark.django_db
@pytest.mark.parametrize("confidence", [0.98, 0.9996, 0.42])
def test_history_shows_one_number_for_words_and_bar(
    owner: User, sign_in: SignIn, confidence: float
) -> None:
    drawing = make_recognized_drawing(owner)
    Prediction.objects.filter(drawing=drawing).update(
        decision=Decision.DIGIT, digit=7, confidence=confidence, probabilities=GIVEN_DIGIT
    )

    page = _load_page(sign_in(owner), f"/history/{drawing.pk}/")

    text = format_confidence(confidence)
    best = page[page.index('class="bar best"') :]
    assert f'<span class="bar-value">{text}</span>' in best[: best.index("</li>")]
    assert page.count(text) >= 3  # the sentence, the bar, the row of the table


def _load_page(client: Client, path: str) -> str:
    return client.get(path).content.decode()
