"""Accuracy against cost, and who is beaten by nobody at once."""

from collections.abc import Callable, Sequence

from utils import plots
from utils.capstone.entries import ENTRIES
from utils.capstone.rules import RULES, Rules
from utils.capstone.scoreboard import Entry

Front = Callable[[Sequence[float], Sequence[float]], Sequence[int]]
NAMED = 8  # names in a figure; more cannot be read


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

    The best eight have their names. `front`
    takes costs and scores and gives places. Raises ValueError where there is no entry.
    """
    if not entries:
        raise ValueError("There is no entry to draw yet.")
    fig, axes = plots.figure(1, 2, height=4.6)
    for ax, what in zip(axes, ("multiply_adds", "numbers"), strict=True):
        costs = [getattr(entry, what) / 1000 for entry in entries]
        _panel(ax, entries, costs, front, getattr(rules, what) / 1000)
    axes[0].set(xlabel="multiply-adds, thousands", ylabel="right on held-out families, %")
    axes[1].set(xlabel="numbers kept, thousands")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    plots.show(fig, alt)


def _panel(ax, entries: Sequence[Entry], costs: list[float], front: Front, budget: float) -> None:
    scores = [100 * entry.mean for entry in entries]
    steps = sorted((costs[place], scores[place]) for place in front(costs, scores))
    ax.plot(
        *zip(*steps, strict=True),
        color=plots.FRAME,
        linewidth=4,
        zorder=0,
        drawstyle="steps-post",
        label="front",
    )
    names = [*ENTRIES, *(one.name for one in entries if one.name not in ENTRIES)]
    for place, (entry, cost, score) in enumerate(zip(entries, costs, scores, strict=True)):
        look = names.index(entry.name)  # by name: a color is one entry's in every figure
        color, mark = (looks[look % len(looks)] for looks in (plots.COLORS, plots.MARKS))
        ax.errorbar(cost, score, 200 * entry.error, color=color, fmt=mark)
        if place < NAMED:
            last = cost == max(costs) and cost < 0.85 * budget  # room on its right, and nobody
            side, way = ("left", 1) if last or cost <= budget / 2 else ("right", -1)
            style = {"textcoords": "offset points", "ha": side, "color": plots.ink(color)}
            down = 5 if side == "right" else -17  # under the front, which goes on to the right
            ax.annotate(entry.name, (cost, score), (9 * way, down), **style)
    ax.axvline(budget, color=plots.GRAY, linestyle=":", label="limit")
    ax.set_xlim(0, 1.05 * budget)
    ax.margins(y=0.15)
