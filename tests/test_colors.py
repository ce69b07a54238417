"""Colors by computation: told apart by color-blind readers, and dark enough on light, light enough
on dark.

Color vision deficiencies: Machado, Oliveira and Fernandes, "A physiologically-based model for
simulation of color vision deficiency", 2009, the matrices for complete loss of a cone, on linear
RGB. Differences are CIE 1976 in CIELAB, where 2.3 is just noticeable. Contrast: WCAG 2.
"""

import itertools

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from checker.card import LOOKS
from utils import plots

VISION = {  # cones that are lacking
    "none": np.eye(3),
    "red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.072175],
        [0.0193339, 0.119192, 0.9503041],
    ]
)
WHITE, LAB_DARK, SITE_DARK = "#ffffff", "#111111", "#121212"


def linear(color):
    parts = np.array(to_rgb(color))
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(color, vision):
    """The color as it is seen, in CIELAB."""
    seen = np.clip(np.array(vision) @ linear(color), 0, 1)
    share = XYZ @ seen / XYZ.sum(1)
    root = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def closest(colors, vision):
    seen = [lab(color, vision) for color in colors]
    return min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2))


def contrast(color, ground):
    low, high = sorted(linear(one) @ XYZ[1] for one in (color, ground))
    return (high + 0.05) / (low + 0.05)


def test_the_measures_are_right():
    assert contrast("#000000", WHITE) == pytest.approx(21, abs=1e-3)
    assert contrast("#767676", WHITE) == pytest.approx(4.54, abs=5e-3)
    assert lab(WHITE, np.eye(3)) == pytest.approx([100, 0, 0], abs=1e-3)
    assert lab("#ff0000", np.eye(3)) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert (
        closest(["#d00000", "#5a5a00"], VISION["red"])
        < closest(["#d00000", "#5a5a00"], np.eye(3)) / 2
    )


@pytest.mark.parametrize("vision", VISION)
def test_the_colors_of_lines_are_told_apart(vision):
    assert closest(plots.COLORS, VISION[vision]) > 15


@pytest.mark.parametrize("vision", VISION)
def test_the_two_ends_of_the_diverging_map_and_its_middle_are_told_apart(vision):
    ends = [colormaps[plots.DIVERGING](place)[:3] for place in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert closest(ends, VISION[vision]) > 15


def test_names_at_lines_are_dark_enough_to_read():
    assert all(contrast(plots.ink(color), WHITE) >= 4.5 for color in plots.COLORS)
    assert plots.ink(plots.BLUE) == plots.BLUE.lower()  # dark enough as it is


@pytest.mark.parametrize("ground", [WHITE, LAB_DARK, SITE_DARK])
@pytest.mark.parametrize("state", LOOKS)
def test_the_border_and_the_sign_of_a_card_stand_out_on_light_and_dark(state, ground):
    # WCAG AA of what is no text; the words have the theme's color.
    assert contrast(LOOKS[state][2], ground) >= 3
