"""The figures: alt text reaches the output, sizes stay small, names do not collide, wrong input
gets a sentence.
"""

import base64
import io
import re

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


def test_a_figure_says_where_it_has_pictures(shown):
    fig, (chart, picture) = plots.figure(1, 2)
    chart.plot([0, 1])
    picture.imshow(torch.zeros(2, 2).numpy(), cmap="gray")
    plots.show(fig, "a chart and a black picture")
    where = shown[0][1]["image/png"]["pictures"]
    assert f'data-pictures="{where}"' in shown[1][0]["text/html"]
    corners = [map(float, re.findall(r"[\d.]+", one)) for one in where.split(",")]
    places = [(round(x / 100 * 800), round(y / 100 * 400)) for x, y in corners]
    (left, top), (right, bottom) = places[1], places[3]
    seen = png(shown).convert("L")
    assert min(right - left, bottom - top) > 300 and left > 400
    assert not any(seen.crop((left + 2, top + 2, right - 2, bottom - 2)).tobytes())
    assert seen.getpixel((left - 3, top + 99)) == seen.getpixel((right + 2, top + 99)) == 255


def test_a_chart_has_no_pictures(shown):
    plots.bars({"a": torch.tensor([1.0, 2.0])}, "a bar", xlabel="x")
    assert shown[0][1]["image/png"]["pictures"] == ""
    assert "data-pictures" not in shown[1][0]["text/html"]


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


NINE = {f"net {number}": torch.rand(3) for number in range(9)}
LINE, BAR = {"xlabel": "x", "ylabel": "y"}, {"xlabel": "x"}
FEW, MANY = [torch.rand(4)], [torch.rand(4)] * 2


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: plots.lines(range(3), NINE, "x", **LINE), "9 lines, and 7 colors"),
        (lambda: plots.lines(range(3), {}, "x", **LINE), "no lines to draw"),
        (
            lambda: plots.lines(range(4), {"a": torch.rand(2, 3)}, "x", **LINE),
            r"'a' has values of shape \(2, 3\); for 4 numbers along x give \(4,\)",
        ),
        (lambda: plots.lines(range(3), {"a": torch.rand(2, 2, 3)}, "x", **LINE), r"\(2, 2, 3\)"),
        (lambda: plots.lines(range(3), {"a": torch.rand(0, 3)}, "x", **LINE), r"\(0, 3\)"),
        (lambda: plots.lines(range(3), {"a": FEW[0][:3]}, "x", log="z", **LINE), "it was 'z'"),
        (lambda: plots.bars({"a": 1.0, "b": 2.0}, "x", colors=["#000000"], **BAR), "2 bars and 1"),
        (lambda: plots.bars({"a": 1.0}, "x", colors=plots.COLORS, **BAR), "1 bars and 7 colors"),
        (lambda: plots.bars({}, "x", **BAR), "no bars to draw"),
        (lambda: plots.histograms(dict.fromkeys(NINE, FEW), ["one"], "x"), "9 rows, and 7 colors"),
        (
            lambda: plots.histograms({"a": MANY}, ["one"], "x"),
            "2 tensors in the row 'a' and 1 titles",
        ),
        (
            lambda: plots.histograms({"a": FEW}, ["one", "two"], "x"),
            "1 tensors in the row 'a' and 2",
        ),
        (
            lambda: plots.histograms({"a": MANY, "b": FEW}, ["one", "two"], "x"),
            "1 tensors in the row 'b' and 2",
        ),
        (lambda: plots.histograms({"a": []}, [], "x"), "no columns to draw"),
        (lambda: plots.histograms({}, ["one"], "x"), "no rows to draw"),
        (lambda: plots.images([], [], "x"), "no pictures to draw"),
        (lambda: plots.images(MANY[0].reshape(1, 2, 2), ["one", "two"], "x"), "1 pictures and 2"),
    ],
)
def test_what_cannot_be_drawn_whole_is_refused_in_a_sentence(shown, draw, sentence):
    """Nothing is left out in silence: neither what has no color, nor what has no partner."""
    with pytest.raises(ValueError, match=sentence):
        draw()
    assert not shown


def test_as_many_lines_and_rows_as_colors_are_all_drawn(shown, monkeypatch):
    figures = []
    monkeypatch.setattr(plots, "show", lambda fig, alt: figures.append(fig))
    seven = dict(list(NINE.items())[:7])
    plots.lines(range(3), seven, "seven", **LINE)
    plots.histograms({name: [values] for name, values in seven.items()}, ["all"], "seven")
    lines, rows = figures
    assert {line.get_color() for line in lines.axes[0].lines} == set(plots.COLORS)
    assert {text.get_text() for text in lines.axes[0].texts} == set(seven)
    assert [ax.get_ylabel() for ax in rows.axes] == list(seven)


def test_places_count_rows_and_columns(monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "show", lambda fig, alt: drawn.append(fig.axes[0]))
    plots.images([torch.ones(3, 4)], ["t"], "a", places=True)
    assert [len(drawn[0].get_yticks()), len(drawn[0].get_xticks())] == [3, 4]


def test_a_few_points_are_ticks_with_their_own_numbers_also_on_a_logarithmic_axis(monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "show", lambda fig, alt: drawn.append(fig.axes[0]))
    plots.lines([1, 5, 20], {"a": torch.rand(3)}, "a", xlabel="x", ylabel="y", log="x")
    assert [tick.get_text() for tick in drawn[0].get_xticklabels()] == ["1", "5", "20"]
    assert not len(drawn[0].get_xticks(minor=True))


def test_an_outline_goes_around_the_pixels_of_its_mask(monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "show", lambda fig, alt: drawn.append(fig.axes[0]))
    mask = torch.tensor([[False, True, True], [False, False, False]])
    plots.images([torch.zeros(2, 3)], ["t"], "a", outlined=[[mask]])
    edges = {tuple(map(tuple, line)) for line in drawn[0].collections[0].get_segments()}
    upright = {((0.5, -0.5), (0.5, 0.5)), ((2.5, -0.5), (2.5, 0.5))}
    level = {((x, y), (x + 1, y)) for x in (0.5, 1.5) for y in (-0.5, 0.5)}
    assert edges == upright | level


@pytest.mark.parametrize(
    ("outlined", "sentence"),
    [
        ([], "1 pictures and 0 entries in `outlined`"),
        ([torch.ones(4, 2, 2)], "up to 3 outlines; 4 were given"),
        ([torch.ones(1, 3, 2)], r"an outline \(3, 2\) on a picture \(2, 2\)"),
    ],
)
def test_an_outline_that_does_not_fit_is_refused(shown, outlined, sentence):
    with pytest.raises(ValueError, match=sentence):
        plots.images([torch.zeros(2, 2)], ["t"], "a", outlined=outlined)
