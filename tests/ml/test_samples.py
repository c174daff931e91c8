"""Some people only choose: what they drew is never trained on."""

from ml.retraining_request import Sample
from ml.samples import keep_aside


def _draw(people: int, each: int) -> list[Sample]:
    return [
        Sample(number % 10, f"person {person}", drawing_id=f"{person}-{number}")
        for person in range(people)
        for number in range(each)
    ]


def test_about_a_tenth_is_kept_aside_by_whole_people() -> None:
    parted = keep_aside(_draw(20, 30))
    taught, aside = ({s.person for s in part} for part in (parted.taught, parted.aside))

    assert len(parted.taught) + len(parted.aside) == 600
    assert len(parted.aside) == 60
    assert not taught & aside


def test_the_same_people_stay_aside_when_others_come() -> None:
    before = {sample.person for sample in keep_aside(_draw(20, 30)).aside}
    drawn = [s for s in _draw(20, 30) if s.person not in before]
    assert before <= {s.person for s in keep_aside([*drawn[:-29], *_draw(20, 30)]).aside}


def test_with_few_people_or_drawings_each_is_needed_to_learn_from() -> None:
    assert not keep_aside(_draw(7, 100)).aside
    assert not keep_aside(_draw(19, 10)).aside


def test_somebody_who_drew_most_is_not_kept_aside() -> None:
    for name in ("anna", "bert", "carl", "dora"):
        samples = _draw(10, 10) + [Sample(3, name)] * 900
        assert name not in {sample.person for sample in keep_aside(samples).aside}
