"""One number for the confidence: scripts and server show the same text in sentences and at bars."""

import json
from pathlib import Path
from typing import Any

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
PREDICTIONS = json.loads((Path(__file__).parent / "shown_probabilities.json").read_text())
PREDICTION_FIELDS = ("decision", "digit", "confidence", "probabilities")
GIVEN_DIGIT = [0.003, 0, 0, 0, 0, 0, 0, 0.997, 0, 0]


@pytest.mark.parametrize(("confidence", "text"), TEXTS)
def test_confidence_has_the_text_of_the_scripts(confidence: float, text: str) -> None:
    assert format_confidence(confidence) == text.replace(" %", f"{NO_BREAK_SPACE}%")


@pytest.mark.parametrize("expected", PREDICTIONS)
def test_eleven_bars_have_the_texts_of_the_scripts(expected: dict[str, Any]) -> None:
    prediction = Prediction(**{name: expected[name] for name in PREDICTION_FIELDS})

    bars = [format_confidence(probability) for probability in shown_probabilities(prediction)]

    assert bars == [text.replace(" %", f"{NO_BREAK_SPACE}%") for text in expected["texts"]]


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


@pytest.mark.django_db
def test_history_marks_the_candidates_of_an_unsure_prediction(owner: User, sign_in: SignIn) -> None:
    drawing = make_recognized_drawing(owner)
    Prediction.objects.filter(drawing=drawing).update(
        decision=Decision.UNSURE, digit=7, confidence=0.96, probabilities=GIVEN_DIGIT
    )

    page = _load_page(sign_in(owner), f"/history/{drawing.pk}/")

    assert page.count('class="bar candidate') == 2
    assert 'class="bar best' not in page
    assert f'href="/how-it-works/?drawing={drawing.pk}" data-why' in page


def _load_page(client: Client, path: str) -> str:
    return client.get(path).content.decode()
