"""The holdout split: whole users, stable when users join, skipped with little data."""

from ml.retraining.retraining_config import LabelledDrawing
from ml.retraining.user_drawing_holdout_and_rendering import split_holdout


def _make_drawings(num_users: int, each: int) -> list[LabelledDrawing]:
    return [
        LabelledDrawing(number % 10, f"user {user}", drawing_id=f"{user}-{number}")
        for user in range(num_users)
        for number in range(each)
    ]


def _list_users(drawings: list[LabelledDrawing]) -> set[str]:
    return {drawing.user for drawing in drawings}


def test_holds_out_a_tenth_by_whole_users() -> None:
    split = split_holdout(_make_drawings(20, 30))

    assert len(split.training) + len(split.holdout) == 600
    assert len(split.holdout) == 60
    assert not _list_users(split.training) & _list_users(split.holdout)


def test_holdout_users_stay_when_others_join() -> None:
    drawings = _make_drawings(20, 30)
    before = _list_users(split_holdout(drawings).holdout)
    others = [drawing for drawing in drawings if drawing.user not in before]
    assert before <= _list_users(split_holdout([*others[:-29], *drawings]).holdout)


def test_no_holdout_with_few_users_or_drawings() -> None:
    assert not split_holdout(_make_drawings(7, 100)).holdout
    assert not split_holdout(_make_drawings(19, 10)).holdout


def test_user_with_most_drawings_is_not_held_out() -> None:
    for user in ("anna", "bert", "carl", "dora"):
        drawings = _make_drawings(10, 10) + [LabelledDrawing(3, user)] * 900
        assert user not in _list_users(split_holdout(drawings).holdout)
