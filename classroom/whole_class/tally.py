"""The numbers of a class: what became of each exercise, and what most of them got wrong."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import exercises
from classroom.records.results import Graded, Result, Status

LAYERS = {  # what a diagnosis tells that no catalogued mistake gave
    "cell": "there was nothing to try: the cell raises, does not compile, or defines nothing",
    "kind": "another kind of thing came back",
    "error": "it raised an error, which was explained",
    "remark": "beside the value: a changed input, a shape, a seed, a setting",
    "part": "which part is off or missing",
    "contrast": "in which calls it fails",
    "near miss": "which small change of our answer gives the same",
    "inside": "where in the net it begins to go wrong",
    "relation": "how the result relates to the right one",
    "number": "how the number lies beside the right one",
    "": "nothing was said beyond the failing call",
}
TOPICS = 5


@dataclass(frozen=True)
class Alike:
    """Wrong answers of one kind: a named `mistake` or, without one, the `group` of this number."""

    id: str
    mistake: str
    sentence: str
    group: int
    results: tuple[Result, ...]

    @property
    def count(self) -> int:
        return len(self.results)

    @property
    def example(self) -> Result:
        """The shortest of the answers."""
        written = [one for one in self.results if one.source]
        return min(written or self.results, key=lambda one: len(one.source))


@dataclass(frozen=True)
class Tally:
    """What became of one exercise."""

    id: str
    title: str
    results: tuple[Result, ...]

    def __len__(self):
        return len(self.results)

    @cached_property
    def statuses(self) -> Counter:
        return Counter(one.status for one in self.results)

    def share(self, status: Status) -> float:
        return self.statuses[status] / len(self)

    @cached_property
    def mistakes(self) -> list[Alike]:
        """The most frequent first."""
        by_name = _by(self._wrong, lambda one: one.mistake)
        return _ranked(
            Alike(self.id, name, sentence(self.id, name) or ones[0].why, 0, tuple(ones))
            for name, ones in by_name.items()
            if name
        )

    @property
    def often(self) -> Counter:
        """How often each named mistake was made."""
        return Counter({one.mistake: one.count for one in self.mistakes})

    @cached_property
    def groups(self) -> list[Alike]:
        """Of those without a name that gave the same; the largest first."""
        by_number = _by(self._wrong, lambda one: one.group)
        return _ranked(
            Alike(self.id, "", ones[0].why, number, tuple(ones))
            for number, ones in by_number.items()
            if number
        )

    @property
    def alone(self) -> int:
        """Wrong answers without a name that are in no group of several."""
        shared = (group.count for group in self.groups if group.count > 1)
        return self.layers.total() - sum(shared)

    @cached_property
    def layers(self) -> Counter:
        """What was said of the wrong answers without a name."""
        return Counter(one.layer for one in self._wrong if not one.mistake)

    @property
    def _wrong(self) -> list[Result]:
        return [one for one in self.results if one.status == Status.WRONG]


def _by(results: list[Result], key) -> dict:
    found = defaultdict(list)
    for one in results:
        found[key(one)].append(one)
    return found


def _ranked(found) -> list[Alike]:
    return sorted(found, key=lambda one: (-one.count, one.mistake, one.group))


def sentence(id: str, mistake: str) -> str:
    """What the catalogue says of a mistake; "" where it lacks it, as for own numbers."""
    try:
        known = exercises.find(id).mistakes
    except LookupError:
        return ""
    return next((one.sentence for one in known if one.name == mistake), "")


def said_by(layer: str) -> str:
    """What a diagnosis told, in words; one may come from two layers."""
    return "; ".join(LAYERS.get(one, one) for one in layer.split(" and "))


@dataclass(frozen=True)
class Sheet:
    """One notebook: its students, those who are stuck on the same side by side, and exercises."""

    number: str
    title: str
    graded: tuple[Graded, ...]
    tallies: tuple[Tally, ...]

    @property
    def rows(self) -> list[tuple[Graded, list[str]]]:
        """Each with the statuses of the exercises, in order."""
        return list(zip(self.graded, _aligned(self.graded)))

    @property
    def changes(self) -> list[str]:
        """When the files were last changed, in order."""
        return sorted(one.changed for one in self.graded if one.changed)


def sheets(graded: list[Graded], titles: dict[str, str]) -> list[Sheet]:
    """By notebook."""
    given = [one for one in graded if one.results]
    numbers = sorted({one.number for one in given})
    return [_sheet(number, titles, [o for o in given if o.number == number]) for number in numbers]


def _sheet(number: str, titles: dict[str, str], ones: list[Graded]) -> Sheet:
    by_id = _by([result for one in ones for result in one.results], lambda one: one.id)
    tallies = [Tally(id, title(id), tuple(results)) for id, results in by_id.items()]
    return Sheet(number, titles[number], tuple(ordered(ones)), tuple(tallies))


def title(id: str) -> str:
    """Of an exercise; "" for own numbers, which have one a student."""
    try:
        return exercises.find(id).title
    except LookupError:
        return ""


def ordered(graded: list[Graded]) -> list[Graded]:
    """From who passed most on, always the one whose results are most like the last one's; then
    turned round, so that it begins with who is stuck.
    """
    rows = np.array(_aligned(graded))
    left = sorted(range(len(graded)), key=lambda place: graded[place].student)
    chain = [max(left, key=lambda place: (rows[place] == Status.PASSED).sum())]
    while len(chain) < len(graded):
        left.remove(chain[-1])
        chain.append(max(left, key=lambda place: (rows[place] == rows[chain[-1]]).sum()))
    return [graded[place] for place in chain[::-1]]


def _aligned(graded: list[Graded]) -> list[list[str]]:
    """The statuses of each, in columns of one exercise."""
    ids = dict.fromkeys(result.id for one in graded for result in one.results)
    rows = [{result.id: result.status for result in one.results} for one in graded]
    return [[row.get(id, "") for id in ids] for row in rows]


def topics(found: list[Sheet]) -> list[Alike]:
    """What most got wrong in the same way, and two at least; an exercise once."""
    firsts = [
        _ranked([*tally.mistakes, *tally.groups])[:1] for sheet in found for tally in sheet.tallies
    ]
    shared = [one for first in firsts for one in first if one.count > 1]
    return sorted(shared, key=lambda one: -one.count)[:TOPICS]


# Two runs


@dataclass(frozen=True)
class Change:
    """What of an exercise is other than it was, of `students` who are in both runs."""

    before: Tally
    now: Tally

    @property
    def mistakes(self) -> list[tuple[str, str, int, int]]:
        """Name, sentence, and how many made it before and now; the most frequent before first."""
        before, now = self.before.often, self.now.often
        sentences = {one.mistake: one.sentence for one in self.before.mistakes + self.now.mistakes}
        names = sorted(sentences, key=lambda name: (-before[name], name))
        return [(name, sentences[name], before[name], now[name]) for name in names]


def changes(before: list[Graded], now: list[Graded], titles: dict[str, str]) -> list[Change]:
    """By exercise, of the students who handed it in both times."""
    both = _keys(before) & _keys(now)
    first = _by_id(before, both, titles)
    second = _by_id(now, both, titles)
    return [Change(first[id], second[id]) for id in second if id in first]


def _by_id(graded: list[Graded], keys: set[tuple[str, str]], titles) -> dict[str, Tally]:
    """What became of each exercise, of these students and notebooks alone."""
    theirs = [one for one in graded if (one.student, one.number) in keys]
    return {tally.id: tally for sheet in sheets(theirs, titles) for tally in sheet.tallies}


def _keys(graded: list[Graded]) -> set[tuple[str, str]]:
    return {(one.student, one.number) for one in graded if one.results}
