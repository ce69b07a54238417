"""The line in which an experiment ends."""

import pytest
import torch

from checker import claim

TWO_OF_THREE = torch.tensor([True, False, True])


@pytest.mark.parametrize(
    ("holds", "line"),
    [
        (True, "holds: A beats B"),
        (torch.tensor(False), "does not hold: A beats B"),
        (TWO_OF_THREE, "does not hold (true in 2 of 3 seeds): A beats B"),
        (TWO_OF_THREE | True, "holds (true in 3 of 3 seeds): A beats B"),
        (TWO_OF_THREE[:, None].expand(3, 5), "does not hold (true in 2 of 3 seeds): A beats B"),
    ],
)
def test_it_says_whether_and_in_how_many_seeds(holds, line, capsys):
    claim("A beats B", holds)
    assert capsys.readouterr().out == line + "\n"
