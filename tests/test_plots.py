"""The figures: alt text reaches the output, sizes stay small, names do not collide, wrong input
gets a sentence.
"""

import base64
import io

import pytest
import torch
from PIL import Image

from utils import plots


@pytest.fixture
def shown(monkeypatch):
    """What was displayed: a list of (data, metadata)."""
    out = []
    monkeypatch.setattr(
        plots, "display", lambda data, raw, metadata=None: out.append((data, metadata))
    )
    return out


def png(shown):
    data = [data for data, _ in shown if "image/png" in data][-1]
    return Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGB")


def test_show_sends_the_picture_with_its_alt_text(shown):
    fig, ax = plots.figure()
    ax.plot([0, 1])
    plots.show(fig, alt="a rising line")
    data, metadata = shown[0]
    assert data["text/plain"] == metadata["image/png"]["alt"] == "a rising line"
    assert "<summary>The figure in words</summary>a rising line<" in shown[1][0]["text/html"]
    assert png(shown).size == (800, 400)
    assert not fig.axes  # closed: nothing is kept


@pytest.mark.parametrize("alt", ["", "  "])
def test_show_demands_an_alt_text(shown, alt):
    with pytest.raises(ValueError, match="needs an alt text"):
        plots.show(plots.figure()[0], alt)
    assert not shown


def test_the_same_figure_gives_the_same_bytes(shown):
    for _ in range(2):
        plots.bars({"a": torch.tensor([1.0, 2.0])}, "a bar", xlabel="x")
    assert shown[:2] == shown[2:]


def test_images_draws_gray_color_and_signed(shown):
    plots.images([torch.zeros(5, 5), torch.ones(1, 3, 4, 6)], ["black", "white"], "two")
    left, right = png(shown).getpixel((200, 200)), png(shown).getpixel((600, 200))
    assert left == (0, 0, 0) and right == (255, 255, 255)
    plots.images([torch.tensor([[-1.0, 0.0, 1.0]])], ["signed"], "negative, zero, positive")
    width, height = png(shown).size
    below, zero, above = (
        png(shown).getpixel((round(width * part), int(height * 0.75))) for part in (0.2, 0.5, 0.8)
    )
    assert below[2] > below[0] and min(zero) > 240 and above[0] > above[2]


def test_images_on_a_shared_scale_compare(shown):
    dim, bright = torch.tensor([[0.0, 0.5]]), torch.tensor([[0.0, 1.0]])
    plots.images([dim, bright], ["dim", "bright"], "two", shared=True)
    width, height = png(shown).size
    assert png(shown).getpixel((int(width * 0.4), int(height * 0.75)))[0] in range(120, 136)


def test_images_says_what_is_wrong(shown):
    with pytest.raises(ValueError, match="2 pictures and 1 titles"):
        plots.images(torch.zeros(2, 1, 4, 4), ["one"], "x")
    with pytest.raises(ValueError, match=r"this one is \(2, 4, 4\)"):
        plots.images([torch.zeros(2, 4, 4)], ["one"], "x")


def test_lines_takes_seeds_and_single_runs(shown):
    values = {"mean of seeds": torch.rand(3, 5), "one run": torch.rand(5)}
    plots.lines(range(5), values, "two lines", xlabel="x", ylabel="y", ylim=(0, 1))
    assert len(base64.b64decode(shown[0][0]["image/png"])) < 60_000


def test_names_at_the_lines_keep_apart_and_in_order():
    heights = {"a": 0.50, "b": 0.51, "c": 0.52, "far": 0.9}
    placed = plots._spread(heights)
    order = sorted(placed, key=placed.get)
    assert order == ["a", "b", "c", "far"]
    gaps = [placed[high] - placed[low] for low, high in zip(order, order[1:], strict=False)]
    assert min(gaps) >= plots.GAP - 1e-12
    assert placed["far"] == 0.9 and abs(placed["b"] - 0.51) < 1e-12


def test_bars_draws_one_bar_a_name(shown):
    plots.bars(
        {"long": torch.tensor([3.0, 4.0]), "short": 1.0}, "two bars", xlabel="x", xlim=(0, 5)
    )
    assert png(shown).size[0] == 800


def test_bars_that_do_not_start_at_zero_become_strokes(shown):
    for start in (0, 80):
        plots.bars({"a": 90.0}, "a bar", xlabel="x", xlim=(start, 100), colors=["#0072B2"])
    painted = [
        sum(pixel[2] > pixel[0] + 40 for pixel in png([one]).get_flattened_data())
        for one in shown[::2]
    ]
    assert 0 < painted[1] < painted[0] / 10


def test_the_colors_differ_in_brightness_or_hue_and_there_are_seven():
    assert len(set(plots.COLORS)) == len(plots.COLORS) == len(plots.MARKS) == 7


def test_histograms_draw_one_panel_a_tensor_and_demand_a_title_for_each(shown):
    values = [torch.linspace(-1, 1, 100), torch.zeros(2, 50)]
    plots.histograms({"wide": values, "also": values}, ["first", "second"], "two rows of two")
    assert png(shown).size == (800, 380)
    with pytest.raises(ValueError):
        plots.histograms({"wide": values}, ["only one"], "too few titles")
