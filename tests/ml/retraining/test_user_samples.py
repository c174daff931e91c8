"""Some people only choose: what they drew is never trained on."""

from ml.retraining.retraining_config import LabelledDrawing
from ml.retraining.user_drawings import split_holdout


def _draw(people: int, each: int) -> list[LabelledDrawing]:
    return [
        LabelledDrawing(number % 10, f"person {person}", drawing_id=f"{person}-{number}")
        for person in range(people)
        for number in range(each)
    ]


def test_about_a_tenth_is_kept_aside_by_whole_people() -> None:
    holdout_split = split_holdout(_draw(20, 30))
    taught, aside = (
        {s.person for s in part} for part in (holdout_split.taught, holdout_split.aside)
    )

    assert len(holdout_split.taught) + len(holdout_split.aside) == 600
    assert len(holdout_split.aside) == 60
    assert not taught & aside


def test_the_same_people_stay_aside_when_others_come() -> None:
    before = {sample.person for sample in split_holdout(_draw(20, 30)).aside}
    drawn = [s for s in _draw(20, 30) if s.person not in before]
    assert before <= {s.person for s in split_holdout([*drawn[:-29], *_draw(20, 30)]).aside}


def test_with_few_people_or_drawings_each_is_needed_to_learn_from() -> None:
    assert not split_holdout(_draw(7, 100)).aside
    assert not split_holdout(_draw(19, 10)).aside


def test_somebody_who_drew_most_is_not_kept_aside() -> None:
    for name in ("anna", "bert", "carl", "dora"):
        samples = _draw(10, 10) + [LabelledDrawing(3, name)] * 900
        assert name not in {sample.person for sample in split_holdout(samples).aside}
