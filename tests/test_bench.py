"""The benchmark's own arithmetic. What it measures is no test."""

import time

import pytest
import torch

from authoring.bench import __main__ as bench
from authoring.bench import convolution, seeds
from authoring.bench.learner import take
from authoring.bench.measurement import Measurement, ratios


def test_a_row_holds_by_its_median():
    assert Measurement("slow", [1.0, 1.1, 9.0], most=1.1).holds
    assert not Measurement("slow", [1.0, 1.2, 1.2], most=1.1).holds
    assert not Measurement("accuracy", [98.9], "%", least=99).holds
    assert Measurement("beside", [7.0]).holds


def test_the_spread_is_the_middle_half():
    assert Measurement("x", [1.0, 2, 3, 4, 5]).spread == (2, 4)
    assert Measurement("x", [3.0]).spread == (3, 3)


def test_ratios_alternate_and_drop_the_first_pair():
    calls = []

    def first():
        calls.append("a")
        burn(0.02)

    def second():
        calls.append("b")
        burn(0.01)

    found = ratios(first, second, 3)
    assert "".join(calls) == "abbaabba"
    assert len(found) == 3 and all(1.2 < ratio < 3.3 for ratio in found)


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


@pytest.mark.parametrize(
    ("before", "said"),
    [([1.0, 0.9, 1.1], "2.00 times"), ([1.9, 1.5, 2.2], "same"), ([1.95, 1.9, 1.96], "same")],
)
def test_only_what_lies_apart_is_called_a_change(before, said):
    assert bench.change(Measurement("x", [2.0, 1.99, 2.01]), before) == said


@pytest.mark.parametrize(
    "before, said", [(1.2, "same"), (3.5, "same"), (0.9, "2.22 times"), (5.0, "0.40 times")]
)
def test_a_lone_value_must_be_off_by_a_factor_of_two(before, said):
    assert bench.change(Measurement("x", [2.0]), [before] * 3) == said


def test_an_unknown_part_is_named(capsys):
    with pytest.raises(SystemExit):
        bench.parsed(["speed"])
    assert "no part speed: there are accuracy, convolution" in capsys.readouterr().err


def test_both_ways_of_a_learner_agree_with_the_library():
    mine = take("02", "conv2d", "conv2d_im2col", "grad_weight", "grad_input", "grad_bias")
    arguments = convolution.tensors((2, 3, 8, 7), (4, 3, 3, 2), 2, 1)
    y, *own = convolution.both_ways(mine, *arguments)()
    wanted, *library = convolution.both_ways_of_library(*arguments)()
    assert torch.allclose(y, wanted)
    assert all(torch.allclose(a, b) for a, b in zip(own, library, strict=True))


def test_stacked_seeds_learn_what_single_ones_learn():
    x, y = torch.rand(seeds.PICTURES, 1, 28, 28), torch.arange(seeds.PICTURES) % 10
    both = [way(seeds.full, 2, x, y) for way in (seeds.stacked, seeds.in_turn)]
    assert torch.allclose(*both) and both[0][0] != both[0][1]
