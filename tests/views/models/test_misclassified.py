"""The drawings behind a number of the confusion matrix: those of data sets for everybody, people's
for who may see them."""

from typing import Any

import pytest
from django.test import Client

from recognizer.accounts.consent import set_teaching_consent
from recognizer.drawings.trash import delete_drawing
from recognizer.models import Drawing, Evaluation, ModelVersion, User
from recognizer.registry.artifact_store import register_model
from tests.api.factories import make_model_version, make_recognized_drawing
from tests.fixtures.users import SignIn
from tests.pipeline.factories import load_ink
from tests.views.models.test_model_page import BUNDLED_RELEASES

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawing(owner: User) -> Drawing:
    """Of somebody who lets it teach."""
    set_teaching_consent(user=owner, may_teach=True)
    return make_recognized_drawing(owner, ink=load_ink(7))


@pytest.fixture
def misclassifying_model(drawing: Drawing) -> ModelVersion:
    """It took this drawing, a 7, for a 1."""
    serving, version = (
        make_model_version(sha256="cd" * 32),
        make_model_version("challenger", "ef" * 32),
    )
    matrix = [[3 if row == column else 0 for column in range(11)] for row in range(11)]
    matrix[7][1] = 1
    mistake = {"key": f"{drawing.pk}/1", "label": 7, "answer": 1, "confidence": 0.9}
    found: dict[str, Any] = {"confusion": matrix, "mistakes": [mistake]}
    people = {"name": "people", "title": "People's drawings kept out", "is_of_people": True}
    Evaluation.objects.create(
        challenger=version,
        champion=serving,
        gate_result="passed",
        decided_by="So.",
        report={"sets": [{**people, "n": 34, "champion": {}, "challenger": found}]},
    )
    return version


def _shown(browser: Client, version: ModelVersion) -> str:
    page = browser.get(f"/models/{version.ref}/misclassified/people/7/1/")
    assert page.status_code == 200
    return page.content.decode()


def test_every_kept_mistake_is_behind_its_number(owner: User, sign_in: SignIn) -> None:
    version, browser = register_model(BUNDLED_RELEASES[0]), sign_in(owner)
    page = browser.get(f"/models/{version.ref}/").content.decode()
    cells = {(one["set"], one["label"], one["answer"]) for one in version.card["mistakes"]}
    for name, label, answer in sorted(cells)[::9]:
        path = f"/models/{version.ref}/misclassified/{name}/{label}/{answer}/"
        assert f'href="{path}"' in page
        shown = browser.get(path).content.decode()
        for one in version.card["mistakes"]:
            is_there = f'src="data:image/png;base64,{one["png"]}"' in shown
            assert is_there == ((one["set"], one["label"], one["answer"]) == (name, label, answer))


def test_the_owner_gets_to_the_drawing_and_an_outsider_sees_none_of_it(
    misclassifying_model: ModelVersion,
    drawing: Drawing,
    owner: User,
    outsider: User,
    sign_in: SignIn,
) -> None:
    address = f"/history/{drawing.pk}/"
    assert address in _shown(sign_in(owner), misclassifying_model)
    page = _shown(sign_in(outsider), misclassifying_model)
    assert str(drawing.pk) not in page
    assert "ink-thumb" not in page
    assert "1 cannot be shown to you" in page
    assert sign_in(outsider).get(address).status_code == 404


def test_a_reviewer_sees_it_while_its_owner_lets_others_look(
    misclassifying_model: ModelVersion,
    drawing: Drawing,
    owner: User,
    reviewer: User,
    sign_in: SignIn,
) -> None:
    browser = sign_in(reviewer)
    assert "ink-thumb" in _shown(browser, misclassifying_model)
    set_teaching_consent(user=owner, may_teach=False)
    assert "ink-thumb" not in _shown(browser, misclassifying_model)
    set_teaching_consent(user=owner, may_teach=True)
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert "ink-thumb" not in _shown(browser, misclassifying_model)


def test_an_admin_gets_to_its_row(
    misclassifying_model: ModelVersion, drawing: Drawing, admin: User, sign_in: SignIn
) -> None:
    assert f"/admin/recognizer/drawing/{drawing.pk}/change/" in _shown(
        sign_in(admin), misclassifying_model
    )


@pytest.mark.parametrize("path", ["nothing/7/1", "people/11/1", "people/7/99", "pen/x/1"])
def test_what_is_no_set_and_no_digit_is_not_there(
    path: str, misclassifying_model: ModelVersion, owner: User, sign_in: SignIn
) -> None:
    assert (
        sign_in(owner).get(f"/models/{misclassifying_model.ref}/misclassified/{path}/").status_code
        == 404
    )
