"""The drawings behind a cell of the confusion matrix, by role of the reader."""

import pytest
from django.test import Client

from recognizer.accounts.training_consent import set_teaching_consent
from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import Drawing, Evaluation, ModelVersion, User
from recognizer.registry.artifact_store import register_model
from tests.api.factories import make_model_version, make_recognized_drawing
from tests.fixtures.evaluation_reports import make_model_result, make_report, make_set_report
from tests.fixtures.users import SignIn
from tests.pipeline.factories import load_ink
from tests.views.models.pages import get_page
from tests.views.models.test_model_page import BUNDLED_RELEASES

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawing(owner: User) -> Drawing:
    """A drawing of an owner who consented to training."""
    set_teaching_consent(user=owner, may_teach=True)
    return make_recognized_drawing(owner, ink=load_ink(7))


@pytest.fixture
def misclassifying_model(drawing: Drawing) -> ModelVersion:
    """A model that predicts 1 for this drawing of a 7."""
    serving, version = (
        make_model_version(sha256="cd" * 32),
        make_model_version("challenger", "ef" * 32),
    )
    matrix = [[3 if row == column else 0 for column in range(11)] for row in range(11)]
    matrix[7][1] = 1
    misclassified = {"key": f"{drawing.pk}/1", "label": 7, "prediction": 1, "confidence": 0.9}
    result = make_model_result(confusion=matrix, misclassifications=[misclassified])
    Evaluation.objects.create(
        challenger=version,
        champion=serving,
        gate_result="passed",
        decided_by="So.",
        report=make_report(make_set_report(challenger=result)),
    )
    return version


def _get_cell(browser: Client, version: ModelVersion) -> str:
    return get_page(browser, f"/models/{version.ref}/misclassified/people/7/1/")


def test_every_stored_drawing_is_behind_its_number(owner: User, sign_in: SignIn) -> None:
    version, browser = register_model(BUNDLED_RELEASES[0]), sign_in(owner)
    page = get_page(browser, f"/models/{version.ref}/")
    drawings = version.card["misclassifications"]
    cells = {(one["set"], one["label"], one["prediction"]) for one in drawings}
    for name, label, prediction in sorted(cells)[::9]:
        path = f"/models/{version.ref}/misclassified/{name}/{label}/{prediction}/"
        assert f'href="{path}"' in page
        shown = get_page(browser, path)
        for one in drawings:
            is_shown = f'src="data:image/png;base64,{one["png"]}"' in shown
            is_of_cell = (one["set"], one["label"], one["prediction"]) == (name, label, prediction)
            assert is_shown == is_of_cell


def test_only_the_owner_is_linked_to_the_drawing(
    misclassifying_model: ModelVersion,
    drawing: Drawing,
    owner: User,
    outsider: User,
    sign_in: SignIn,
) -> None:
    url = f"/history/{drawing.pk}/"
    assert url in _get_cell(sign_in(owner), misclassifying_model)
    page = _get_cell(sign_in(outsider), misclassifying_model)
    assert str(drawing.pk) not in page
    assert "ink-thumb" not in page
    assert 'data-hidden="1"' in page
    assert sign_in(outsider).get(url).status_code == 404


def test_a_reviewer_sees_it_while_the_owner_consents(
    misclassifying_model: ModelVersion,
    drawing: Drawing,
    owner: User,
    reviewer: User,
    sign_in: SignIn,
) -> None:
    browser = sign_in(reviewer)
    assert "ink-thumb" in _get_cell(browser, misclassifying_model)
    set_teaching_consent(user=owner, may_teach=False)
    assert "ink-thumb" not in _get_cell(browser, misclassifying_model)
    set_teaching_consent(user=owner, may_teach=True)
    delete_drawing(owner_id=owner.pk, drawing_id=drawing.pk)
    assert "ink-thumb" not in _get_cell(browser, misclassifying_model)


def test_an_admin_is_linked_to_the_admin_page(
    misclassifying_model: ModelVersion, drawing: Drawing, admin: User, sign_in: SignIn
) -> None:
    page = _get_cell(sign_in(admin), misclassifying_model)
    assert f"/admin/recognizer/drawing/{drawing.pk}/change/" in page


@pytest.mark.parametrize("path", ["nothing/7/1", "people/11/1", "people/7/99", "pen/x/1"])
def test_an_unknown_set_or_digit_is_not_found(
    path: str, misclassifying_model: ModelVersion, owner: User, sign_in: SignIn
) -> None:
    url = f"/models/{misclassifying_model.ref}/misclassified/{path}/"
    assert sign_in(owner).get(url).status_code == 404
