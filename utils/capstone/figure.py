"""Accuracy against cost, and who is beaten by nobody at once."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from matplotlib.transforms import Bbox

from utils import plots
from utils.capstone.entries import ENTRIES
from utils.capstone.rules import RULES, Rules
from utils.capstone.scoreboard import Entry

Front = Callable[[Sequence[float], Sequence[float]], Sequence[int]]
NAMED = 8  # names in a figure; more cannot be read
COSTS = "multiply_adds", "numbers"
# Where a name may stand: points to the right and up from its mark, or from an end of its bar.
BESIDE = [(x, y, side) for y in (0, 11, -11, 22, -22) for x, side in ((9, "left"), (-9, "right"))]
ACROSS = [(0, "center"), (-4, "left"), (4, "right")]


def front(costs: Sequence[float], scores: Sequence[float]) -> list[int]:
    """Places of the entries that no other beats: as cheap and as good, and better in one of both.

    Equal entries do not beat each other. Source: Pareto, Manuale di economia politica, 1906.
    """
    points = list(zip(costs, scores, strict=True))

    def beaten(one) -> bool:
        return any(other != one and other[0] <= one[0] and other[1] >= one[1] for other in points)

    return [place for place, point in enumerate(points) if not beaten(point)]


def draw(entries: Sequence[Entry], alt: str, front: Front = front, rules: Rules = RULES) -> None:
    """Accuracy against multiply-adds and against numbers kept, with two standard errors.

    The best eight have their names. `front` takes costs and scores and gives places.
    Raises ValueError where there is no entry.
    """
    if not entries:
        raise ValueError("There is no entry to draw yet.")
    fig, axes = plots.figure(1, 2, height=4.6)
    panels = [
        _Panel(ax, entries, what, front, rules) for ax, what in zip(axes, COSTS, strict=True)
    ]
    axes[0].set(xlabel="multiply-adds, thousands", ylabel="right on held-out families, %")
    axes[1].set(xlabel="numbers kept, thousands")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    fig.draw_without_rendering()  # only now is it known where anything is
    for panel in panels:
        panel.name()
    plots.show(fig, alt)


class _Panel:
    """Accuracy against one of the costs."""

    def __init__(self, ax, entries: Sequence[Entry], what: str, front: Front, rules: Rules):
        self.ax, self.entries = ax, entries
        self.costs = [getattr(entry, what) / 1000 for entry in entries]
        self.scores = [100 * entry.mean for entry in entries]
        self.budget = getattr(rules, what) / 1000
        on_it = front(self.costs, self.scores)
        self.steps = sorted((self.costs[place], self.scores[place]) for place in on_it)
        names = [*ENTRIES, *(one.name for one in entries if one.name not in ENTRIES)]
        self.looks = [names.index(one.name) for one in entries]  # one of a name in all figures
        self.draw()

    def draw(self) -> None:
        wide = {"color": plots.FRAME, "linewidth": 4, "zorder": 0, "label": "front"}
        self.ax.plot(*zip(*self.steps, strict=True), drawstyle="steps-post", **wide)
        for entry, cost, score, look in self.points():
            color, mark = (looks[look % len(looks)] for looks in (plots.COLORS, plots.MARKS))
            self.ax.errorbar(cost, score, 200 * entry.error, color=color, fmt=mark)
        self.ax.axvline(self.budget, color=plots.GRAY, linestyle=":", label="limit")
        self.ax.set_xlim(0, 1.05 * self.budget)
        self.ax.margins(y=0.15)

    def points(self):
        return zip(self.entries, self.costs, self.scores, self.looks, strict=True)

    def name(self) -> None:
        """The names of the best, each where it crosses the least."""
        taken = self.lines()
        for entry, cost, score, look in list(self.points())[:NAMED]:
            style = {"color": plots.ink(plots.COLORS[look % len(plots.COLORS)]), "va": "center"}
            text = self.ax.annotate(
                entry.name, (cost, score), (0, 0), textcoords="offset points", **style
            )
            text.set_in_layout(False)

            def crossed(spot, text=text, cost=cost) -> int:
                height, (*offset, side) = spot
                text.xy, text.xyann = (cost, height), offset
                text.set_ha(side)
                return text.get_window_extent().count_overlaps(taken)

            crossed(min(self.spots(entry, score), key=crossed))
            taken.append(text.get_window_extent())

    @staticmethod
    def spots(entry: Entry, score: float) -> list[tuple]:
        """Where its name may stand, the best first: the height of a mark or an end, a place."""
        up = 200 * entry.error
        ends = [(score + way * up, (x, 9 * way, side)) for way in (1, -1) for x, side in ACROSS]
        return [(score, beside) for beside in BESIDE] + ends

    def lines(self) -> list[Bbox]:
        """What a name should not cross, in pixels: the bars and the steps of the front; twice what
        is left of the axis or beyond the limit, which is worse.
        """
        low, high = self.ax.get_ylim()
        found = 2 * [
            ((-self.budget, low), (0, high)),
            ((self.budget, low), (2 * self.budget, high)),
        ]
        for entry, cost, score, _ in self.points():
            found.append(((cost, score - 200 * entry.error), (cost, score + 200 * entry.error)))
        for (x, y), (after_x, after_y) in pairwise(self.steps):
            found += [((x, y), (after_x, y)), ((after_x, y), (after_x, after_y))]
        return [Bbox(self.ax.transData.transform(ends)) for ends in found]
