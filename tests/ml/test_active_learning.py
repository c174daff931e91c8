"""Order of drawings for labelling."""

import numpy as np

from ml.k_center_greedy import k_center_greedy


def test_distant_rows_come_before_near_duplicates() -> None:
    angles = np.radians([0, 1, 90, 91, 180])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float16)
    order = k_center_greedy(rows, rows[:1]).tolist()
    assert order[0] == 4
    assert order[1] in (2, 3)
    assert set(order[2:]) == {0, 1, 2, 3} - {order[1]}


def test_orders_all_rows_if_none_are_known() -> None:
    rows = np.eye(3, dtype=np.float16)
    assert sorted(k_center_greedy(rows, np.empty((0, 3), np.float16)).tolist()) == [0, 1, 2]
