"""What the notebook calls: each answer is shown, a refusal with its reason; nothing is raised."""

from dataclasses import dataclass

from IPython.display import display

from utils.capstone import contest, scoreboard
from utils.capstone.contest import Costs, Make
from utils.capstone.figure import draw
from utils.capstone.referee import Refused
from utils.capstone.rules import RULES, Rules
from utils.capstone.scoreboard import Board, Entry

RATES = (1e-4, 0.1)
ALT = "Two panels: accuracy on held-out families against multiply-adds and against numbers kept,"
ALT += " the entries by name, and the line of those that no other entry beats."


@dataclass(frozen=True)
class Report:
    """What became of a net: its costs, or why it was refused; and its entry, if it was scored."""

    costs: Costs | None = None
    refused: str | None = None
    entry: Entry | None = None

    def __bool__(self) -> bool:
        return self.refused is None

    def __repr__(self) -> str:
        return f"refused: {self.refused}" if self.refused else f"admitted: {self.costs}"


def inspect(make: Make, rules: Rules = RULES) -> Report:
    """What the nets that `make()` gives cost, all but the time, or why they would be refused."""
    try:
        return Report(contest.inspect(make, rules))
    except Refused as reason:
        return Report(refused=str(reason))


def practice(make: Make, lr: float, rules: Rules = RULES, seed: int = 0) -> float | None:
    """Train one net: its accuracy, 0 to 1, on families that do not count; None if refused."""
    try:
        return contest.practice(make, lr, rules, seed)
    except Refused as reason:
        print(Report(refused=str(reason)))
        return None


def submit(name: str, make: Make, lr: float, rules: Rules = RULES) -> Report:
    """Check the budget, train over the seeds at the peak rate `lr`, score, and keep the entry.

    `make` is called for every seed and gives a new net. Shows the board and accuracy against cost.
    Raises ValueError for a name without 1 to 30 characters, or a rate outside 0.0001 to 0.1.
    """
    name, longest = " ".join(str(name).split()), scoreboard.LONGEST
    if not 0 < len(name) <= longest:
        raise ValueError(f"A name has 1 to {longest} characters; this one has {len(name)}.")
    if not RATES[0] <= lr <= RATES[1]:
        raise ValueError(f"A rate lies between {RATES[0]:g} and {RATES[1]:g}; this one is {lr:g}.")
    try:
        costs, ratio, accuracies = contest.contest(make, lr, rules, progress=name)
    except Refused as reason:
        print(Report(refused=str(reason)))
        return Report(refused=str(reason))
    spent = costs.numbers, costs.multiply_adds, ratio
    entry = Entry(name, rules.name, *spent, lr, tuple(accuracies))
    _show(entry, scoreboard.add(entry), scoreboard.board(rules.name), rules)
    return Report(costs, entry=entry)


def _show(entry: Entry, trouble: str | None, board: Board, rules: Rules) -> None:
    """The board, this entry's place, and the figure; what could not be kept is shown alone."""
    if trouble:
        print(trouble)
        board = Board((entry,), {entry.name: 1})
    display(board)
    place = f"place {board.place(entry.name)} of {len(board.entries)}"
    print(f"{entry.name}: {entry.mean:.1%} in this run, {place}.")
    draw(board.entries, ALT, rules=rules)
