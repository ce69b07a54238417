"""Every figure style in one place.

Colors are told apart by color-blind readers (Okabe and Ito), every line also has its own mark,
names stand at the lines, and `show` demands a sentence for readers who do not see the figure.
"""

import base64
import io
import math
from collections.abc import Collection, Mapping, Sequence

import matplotlib
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from PIL import Image
from torch import Tensor, as_tensor

from utils import alt_text

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GRAY, FRAME = "#666666", "#BBBBBB"
OUTLINES = (VERMILION, SKY, GREEN)
# Yellow is too pale for a line on white.
COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
MARKS = "osD^vPX"
# Purple below zero, white at zero, orange above: the ends of PuOr, whose own middle is gray.
SIGNED = ["#2d004b", "#8073ac", "#ffffff", "#e08214", "#7f3b08"]
DIVERGING = "signed"
matplotlib.colormaps.register(LinearSegmentedColormap.from_list(DIVERGING, SIGNED), force=True)
WIDTH, DPI = 8.0, 100
LARGEST = 3.4  # inches, the side of a picture that has much room
BINS = 41  # of a histogram
GAP = 0.075  # between two names at the ends of lines, as a share of the axes' height

matplotlib.rc("font", size=13)
matplotlib.rc("axes", titlesize=13, labelsize=13)
matplotlib.rc(("xtick", "ytick"), labelsize=12)
matplotlib.rc("axes.spines", top=False, right=False)
matplotlib.rc("lines", linewidth=2.0, markersize=6)


def figure(rows: int = 1, columns: int = 1, height: float = 4.0, width: float = WIDTH):
    """An empty figure and its axes, (rows, columns) as an array, or one Axes; sizes in inches."""
    fig = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    return fig, fig.subplots(rows, columns)


def show(fig: Figure, alt: str) -> None:
    """Put the figure under the cell as a PNG. Raises ValueError unless `alt` says what it is."""
    if not alt.strip():
        raise ValueError("A figure needs an alt text: a sentence or two that say what it shows.")
    data = {"image/png": base64.b64encode(_png(fig)).decode(), "text/plain": alt}
    pictures = _pictures(fig)
    for ax in fig.axes:
        fig.delaxes(ax)  # `fig.clear` would first set each of them up anew
    display(data, raw=True, metadata={"image/png": {"alt": alt, "pictures": pictures}})
    display(alt_text.under(alt, pictures), raw=True)


def images(
    pictures: Tensor | Sequence[Tensor],
    titles: Sequence[str],
    alt: str,
    *,
    columns: int | None = None,
    signed: bool | None = None,
    shared: bool = False,
    numbers: bool = False,
    places: bool = False,
    outlined: Sequence[Tensor | None] | None = None,
) -> None:
    """Show pictures (H, W), (1, H, W), (3, H, W) or (1, C, H, W) side by side, a title over each.

    One-channel pictures are gray, each from its smallest to its largest value. If any value is
    negative (or `signed`), they are purple below zero and orange above, white at zero. `shared`
    gives all the same scale, `numbers` writes the values into the pixels, `places` counts
    rows and columns from 0. `outlined` draws a line around the pixels where a mask is True, for
    each picture up to three masks (masks, H, W) or None. Three channels are red, green, blue in
    [0, 1]. Raises ValueError for another shape, number of titles or of masks.
    """
    pictures = [_plane(picture) for picture in pictures]
    _demand_some(pictures, "pictures")
    _demand_equal(pictures, "pictures", titles, "titles")
    outlined = [None] * len(pictures) if outlined is None else outlined
    _demand_equal(pictures, "pictures", outlined, "entries in `outlined`")
    columns = columns or min(len(pictures), 6)
    rows = math.ceil(len(pictures) / columns)
    side = min(WIDTH / columns, LARGEST / min(_tallest(pictures), 1))
    height = rows * _cell_height(pictures, titles, side)
    fig, axes = figure(rows, columns, height, width=columns * side)
    used, empty = np.split(np.reshape(axes, -1), [len(pictures)])
    limits = _limits(pictures, signed, shared)
    for ax, picture, title, (low, high) in zip(used, pictures, titles, limits, strict=True):
        cmap = DIVERGING if low < 0 and signed is not False else "gray"
        ax.imshow(picture, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
        ax.set(title=title, xticks=[], yticks=[])
        if places:
            ax.set(xticks=range(picture.shape[1]), yticks=range(picture.shape[0]))
        # A white picture ends somewhere, too.
        ax.spines[:].set(visible=True, color=FRAME, linewidth=0.8)
        if numbers:
            _write_numbers(ax, picture, low, high)
    for ax, picture, masks in zip(used, pictures, outlined, strict=True):
        _outline(ax, picture, [] if masks is None else masks)
    for ax in empty:
        ax.set_axis_off()
    show(fig, alt)


def lines(
    x: Sequence[float],
    values: Mapping[str, Tensor],
    alt: str,
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    ylim: tuple[float, float] | None = None,
    log: str = "",
    height: float = 4.0,
) -> None:
    """One line a name: values (points,), or (seeds, points), the mean in a band of their range.

    The names stand at the right ends of the lines, in their colors. `log` names the logarithmic
    axes: "x", "y", "xy". Raises ValueError for more lines than colors (seven), for values of
    another shape, and for another `log`.
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log names the logarithmic axes, 'x', 'y' or 'xy'; it was {log!r}.")
    colors = _told_apart(values, "lines")
    runs = [_runs(name, y, len(x)) for name, y in values.items()]
    fig, ax = figure(height=height)
    ends = {}
    for name, y, color, mark in zip(values, runs, colors, MARKS[: len(values)], strict=True):
        ax.plot(x, y.mean(0), color=color, marker=mark if len(x) <= 30 else None)
        ax.fill_between(x, y.min(0), y.max(0), color=color, alpha=0.2, linewidth=0)
        ends[name] = (y[:, -1].mean(), color)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.set_xscale("log" if "x" in log else "linear")
    ax.set_yscale("log" if "y" in log else "linear")
    if len(x) <= 10:
        ax.set_xticks(x, [f"{value:g}" for value in x])
        ax.set_xticks([], minor=True)
    if ylim:
        ax.set_ylim(*ylim)
    _name_ends(ax, ends)
    show(fig, alt)


def bars(
    values: Mapping[str, Tensor],
    alt: str,
    *,
    xlabel: str,
    title: str = "",
    xlim: tuple[float, float] | None = None,
    colors: Sequence[str] | None = None,
) -> None:
    """One horizontal bar a name: a number, or (seeds,): their mean, their range, each as a dot.

    Bars start at zero. Where `xlim` starts elsewhere, a bar's length would mislead: a stroke marks
    the mean instead. Raises ValueError where the number of `colors` is not that of the bars.
    """
    _demand_some(values, "bars")
    colors = colors or [BLUE] * len(values)
    _demand_equal(values, "bars", colors, "colors")
    fig, ax = figure(height=1.2 + 0.5 * len(values) + 0.3 * bool(title))
    for row, (seeds, color) in enumerate(zip(values.values(), colors, strict=True)):
        seeds = as_tensor(seeds).detach().double().reshape(-1).numpy()
        if xlim and xlim[0] != 0:
            ax.plot([seeds.mean()] * 2, [row - 0.35, row + 0.35], color=color, linewidth=5)
        else:
            ax.barh(row, seeds.mean(), color=color, alpha=0.55, height=0.7)
        if len(seeds) > 1:
            ax.plot([seeds.min(), seeds.max()], [row, row], color=BLACK, linewidth=1.5)
            ax.plot(seeds, [row] * len(seeds), "o", color=BLACK, markersize=4)
    ax.set_yticks(range(len(values)), values)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set(xlabel=xlabel, title=title)
    if xlim:
        ax.set_xlim(*xlim)
    show(fig, alt)


def histograms(
    rows: Mapping[str, Sequence[Tensor]],
    titles: Sequence[str],
    alt: str,
    *,
    xlim: tuple[float, float] | None = None,
) -> None:
    """One row of histograms a name, one for each of its tensors (any shape), its spread over it.

    `titles` stand over the columns. Without `xlim` each row spans three times its largest spread,
    both ways from zero. Each histogram is as high as its axes; what lies outside is not drawn.
    Raises ValueError for more rows than colors (seven), and for a row without a tensor a title.
    """
    colors = _told_apart(rows, "rows")
    _demand_some(titles, "columns")
    for name, values in rows.items():
        _demand_equal(values, f"tensors in the row {name!r}", titles, "titles")
    fig, axes = figure(len(rows), len(titles), height=1.75 * len(rows) + 0.3)
    axes = np.reshape(axes, (len(rows), len(titles)))
    for line, (name, values), color in zip(axes, rows.items(), colors, strict=True):
        values = [as_tensor(value).detach().double().flatten().numpy() for value in values]
        top = max(3 * max(value.std() for value in values), 1e-12)
        low, high = xlim or (-top, top)
        for ax, value in zip(line, values, strict=True):
            ax.hist(value, bins=BINS, range=(low, high), color=color, histtype="stepfilled")
            ax.set(yticks=[], xlim=(low, high), title=f"std {value.std():.2g}")
            ax.set_xticks([low, high], [f"{low:.2g}", f"{high:.2g}"])
            ax.spines["left"].set_visible(False)
        line[0].set_ylabel(name, color=ink(color))
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(f"{title}\n{ax.get_title()}")
    show(fig, alt)


def _demand_some(things: Collection, what: str) -> None:
    if not len(things):
        raise ValueError(f"There are no {what} to draw; give one or more.")


def _demand_equal(things: Collection, what: str, others: Collection, their: str) -> None:
    if len(things) != len(others):
        given = f"There are {len(things)} {what} and {len(others)} {their}"
        raise ValueError(f"{given}; give as many of one as of the other.")


def _told_apart(names: Collection[str], what: str) -> Sequence[str]:
    """A color for each name. ValueError where there are too many, or none."""
    _demand_some(names, what)
    if len(names) > len(COLORS):
        given = f"There are {len(names)} {what}, and {len(COLORS)} colors to tell them apart"
        raise ValueError(f"{given}: leave some out, or draw them in another figure.")
    return COLORS[: len(names)]


def _runs(name: str, y: Tensor, points: int) -> np.ndarray:
    """The values of a line as (seeds, points)."""
    runs = np.atleast_2d(as_tensor(y).detach().double().numpy())
    if runs.ndim > 2 or runs.shape[1] != points or not len(runs):
        given = f"The line {name!r} has values of shape {tuple(np.shape(y))}"
        wanted = f"for {points} numbers along x give ({points},) or (seeds, {points})"
        raise ValueError(f"{given}; {wanted}.")
    return runs


def _png(fig: Figure) -> bytes:
    """The figure as a PNG of at most 256 colors: a third of the bytes keeps notebooks small."""
    canvas, file = FigureCanvasAgg(fig), io.BytesIO()
    canvas.draw()  # `savefig` would draw twice
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    picture.quantize(256).save(file, "png")
    return file.getvalue()


def _pictures(fig: Figure) -> str:
    """Where photographs and maps are in a drawn figure, as a shape of CSS; "" in a chart."""
    corners = [corner for ax in fig.axes if ax.images for corner in _corners(ax)]
    across, down = (100 / pixels for pixels in fig.canvas.get_width_height())
    points = [f"{x * across:.2f}% {y * down:.2f}%" for x, y in corners]
    return f"polygon({', '.join(points)})" if points else ""


def _corners(ax: Axes) -> list[tuple[int, int]]:
    """Once around the pixels of an axes, from the figure's upper left corner and back to it."""
    left, bottom, right, top = ax.get_window_extent().extents
    # Whole pixels, the same where a processor computes the last digit otherwise.
    left, right = math.ceil(left - 0.01), math.floor(right + 0.01)
    height = ax.get_figure().canvas.get_width_height()[1]
    top, bottom = height - math.floor(top + 0.01), height - math.ceil(bottom - 0.01)
    around = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return [(0, 0), *around, (0, 0)]


def _plane(picture: Tensor):
    """A picture as matplotlib draws it: (H, W) or (H, W, 3)."""
    picture = as_tensor(picture).detach().cpu()
    while picture.dim() > 2 and picture.shape[0] == 1:
        picture = picture[0]
    if picture.dim() == 3 and picture.shape[0] == 3:
        return picture.permute(1, 2, 0).clamp(0, 1).numpy()
    if picture.dim() != 2:
        given = tuple(picture.shape)
        raise ValueError(f"A picture is (H, W), (1, H, W) or (3, H, W); this one is {given}.")
    return picture.double().numpy()


def _limits(pictures: list, signed: bool | None, shared: bool) -> list[tuple[float, float]]:
    """The darkest and the brightest value of each picture; if signed, zero is in the middle."""
    if signed is None:
        signed = any(picture.min() < 0 for picture in pictures)
    if signed:
        tops = [float(abs(picture).max()) or 1.0 for picture in pictures]
        limits = [(-top, top) for top in tops]
    else:
        limits = [(float(picture.min()), float(picture.max())) for picture in pictures]
    if shared:
        lows, highs = zip(*limits, strict=True)
        limits = [(min(lows), max(highs))] * len(pictures)
    return limits


def _tallest(pictures: list) -> float:
    """Height over width of the picture that has the most of it."""
    return max(picture.shape[0] / picture.shape[1] for picture in pictures)


def _cell_height(pictures: list, titles: Sequence[str], side: float) -> float:
    """Inches, so that the tallest picture fills a cell `side` wide and its title fits above it."""
    title_lines = max(title.count("\n") + 1 for title in titles)
    return side * _tallest(pictures) + 0.1 + 0.22 * title_lines


def _write_numbers(ax: Axes, picture, low: float, high: float) -> None:
    """Each value in its pixel, which has a frame; in white on dark."""
    style = {"ha": "center", "va": "center", "fontsize": 12}
    for (row, column), value in np.ndenumerate(picture):
        edges = {"fill": False, "edgecolor": FRAME, "linewidth": 0.8}
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **edges))
        share = (value - low) / ((high - low) or 1)
        dark = share < 0.2 or share > 0.8 if low < 0 else share < 0.5
        ax.text(column, row, f"{value:g}", color="white" if dark else BLACK, **style)


def _outline(ax: Axes, picture, masks: Sequence[Tensor]) -> None:
    """A line around the pixels of each mask (H, W), in its own color."""
    if len(masks) > len(OUTLINES):
        raise ValueError(f"A picture has up to {len(OUTLINES)} outlines; {len(masks)} were given.")
    for mask, color in zip(masks, OUTLINES):
        inside = as_tensor(mask).bool().numpy()
        if inside.shape != picture.shape[:2]:
            given = f"an outline {inside.shape} on a picture {picture.shape[:2]}"
            raise ValueError(f"A mask has a value for each pixel; this is {given}.")
        edges = [edge for flip in (False, True) for edge in _edges(inside, flip)]
        ax.add_collection(LineCollection(edges, colors=color, linewidths=3, clip_on=False))


def _edges(inside, flip: bool) -> list:
    """The lines between rows (columns, if `flip`) where a mask begins or ends, as ((x, y), (x,
    y)).
    """
    rows = np.pad(inside.T if flip else inside, ((1, 1), (0, 0)))
    ends = np.argwhere(rows[1:] != rows[:-1]) - 0.5
    lines = [((across, down), (across + 1, down)) for down, across in ends]
    return [(a[::-1], b[::-1]) for a, b in lines] if flip else lines


def ink(color: str) -> str:
    """A color to write in: darkened until it stands out 4.5 times from white, as WCAG AA asks."""
    share = 1.0
    while _contrast_with_white(shade := tuple(share * part for part in to_rgb(color))) < 4.5:
        share -= 0.01
    return to_hex(shade)


def _contrast_with_white(color: tuple[float, float, float]) -> float:
    """The contrast of WCAG 2: of a color red, green, blue in [0, 1]."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _name_ends(ax: Axes, ends: Mapping[str, tuple[float, str]]) -> None:
    """Write each name beside the end of its line, pushed apart where they would touch."""
    to_axes = (ax.transData + ax.transAxes.inverted()).transform
    heights = {name: to_axes((ax.get_xlim()[1], y))[1] for name, (y, _) in ends.items()}
    style = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
    for name, height in _spread(heights).items():
        ax.annotate(name, (1, height), (8, 0), color=ink(ends[name][1]), **style)


def _spread(heights: Mapping[str, float]) -> dict[str, float]:
    """Move heights apart until neighbors are GAP or more apart, as a block around their middle."""
    blocks: list[list[str]] = []
    for name in sorted(heights, key=heights.get):
        block = [name]
        while blocks and _places(blocks[-1], heights)[-1] + GAP > _places(block, heights)[0]:
            block = blocks.pop() + block
        blocks.append(block)
    return {k: v for block in blocks for k, v in zip(block, _places(block, heights), strict=True)}


def _places(block: list[str], heights: Mapping[str, float]) -> list[float]:
    middle = sum(heights[name] for name in block) / len(block)
    bottom = middle - GAP * (len(block) - 1) / 2
    return [bottom + place * GAP for place in range(len(block))]
