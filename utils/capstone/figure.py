"""Accuracy against cost, and who is beaten by nobody at once."""

from collections.abc import Callable, Sequence

from utils import plots
from utils.capstone.rules import RULES
from utils.capstone.scoreboard import Entry

Front = Callable[[Sequence[float], Sequence[float]], Sequence[int]]
NAMED = 8  # names in a figure; more cannot be read


def front(costs: Sequence[float], scores: Sequence[float]) -> list[int]:
    """Places of the entries that no other one beats: as cheap and as good, and better in one of the two.

    Equal entries do not beat each other. In the order of the entries. Source: Pareto, Manuale di economia politica,
    1906; the word for it is dominated.
    """
    points = list(zip(costs, scores))

    def beats(one, other):
        return one != other and one[0] <= other[0] and one[1] >= other[1]

    return [place for place, point in enumerate(points) if not any(beats(other, point) for other in points)]


def draw(entries: Sequence[Entry], alt: str, front: Front = front, budget: bool = True) -> None:
    """Accuracy against multiply-adds and against numbers kept, each entry with two standard errors, and the front."""
    if not entries:
        raise ValueError("There is no entry to draw yet.")
    fig, axes = plots.figure(1, 2, height=4.2)
    for ax, what, limit in zip(axes, ("multiply_adds", "numbers"), (RULES.multiply_adds, RULES.numbers)):
        costs, scores = [getattr(entry, what) for entry in entries], [100 * entry.mean for entry in entries]
        _front(ax, sorted((costs[place], scores[place]) for place in front(costs, scores)))
        for place, entry in enumerate(entries):
            color, error = plots.COLORS[place % len(plots.COLORS)], 200 * entry.error
            ax.errorbar(costs[place], scores[place], error, color=color, fmt=plots.MARKS[place % len(plots.MARKS)])
            if place < NAMED:
                ax.annotate(entry.name, (costs[place], scores[place]), (0, 9), textcoords="offset points",
                            ha="center", color=color)  # fmt: skip
        ax.set(xlabel=what.replace("_", "-").replace("numbers", "numbers kept"), xscale="log")
        if budget:
            ax.axvline(limit, color=plots.GRAY, linestyle=":")
        ax.margins(0.2, 0.15)
    axes[0].set(ylabel="right on held-out families, %")
    plots.show(fig, alt)


def _front(ax, points: list[tuple[float, float]]) -> None:
    ax.plot(*zip(*points), color=plots.FRAME, linewidth=4, zorder=0, drawstyle="steps-post")
