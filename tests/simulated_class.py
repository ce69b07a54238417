"""A class that hands in, made from a seed, and the truth about it.

`python -m tests.simulated_class FOLDER --students 60` writes a notebook a student, and what was
planted into FOLDER.truth.json. Grade the folder; then `python -m tests.simulated_class FOLDER
--compare grades.csv` counts what the grader found beside what was planted.

Who is weak errs more, and most on what is difficult; some give up. Wrong answers come from the
catalogue, from changes of the solution and of its alternatives, from code that raises or never
ends. A few answers are given by many, most by few.
"""

import argparse
import copy
import dataclasses
import functools
import json
import math
import random
import re
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

import exercises
from authoring import prove, second_solutions
from checker import errors
from checker.exercise import Choice, Exercise, Number
from checker.judge import diagnose, try_cases
from checker.sandbox import TimeUp
from checker.verdict import State
from classroom.judging import source_cuts
from classroom.records import results
from classroom.records.results import Status
from classroom.records.spliced import Asked
from classroom.submissions import outline
from course import slices
from course.paths import SOLUTIONS, sources

if __package__:
    from tests import submissions
else:
    import submissions

SEEDS = (101, 102)  # on which a wrong answer is looked at before it is planted
SECONDS = 1.0  # that it may take there
FAVORITES = 6  # of all wrong answers to an exercise, these are given
GIVES_UP, UNREADABLE = 0.2, 0.025  # shares of the students
WRONG = {"named": 0.5, "unnamed": 0.3, "blank": 0.1, "crash": 0.07, "stop": 0.03}
NEARLY = """
def _nearly(answer):
    def rounded_otherwise(*args, **kwargs):
        value = answer(*args, **kwargs)
        is_float = isinstance(value, torch.Tensor) and value.is_floating_point()
        return value * (1 + 1e-9) if is_float else value
    return rounded_otherwise
{name} = _nearly({name})
"""


@dataclass(frozen=True)
class Answer:
    """What a student may write for an exercise; `label` is shared by unnamed wrong answers that
    give the same.
    """

    status: Status
    source: str = ""
    mistake: str = ""
    label: str = ""


@dataclass(frozen=True)
class Planted:
    """What a student wrote for an exercise, without its text."""

    student: str
    id: str
    status: str
    mistake: str
    label: str


class Answers:
    """All that may be written for one exercise of a notebook."""

    def __init__(self, solved: prove.Solved, asked: Asked, source: str, others: str, chance):
        self.solved, self.name, self.chance = solved, asked.name, chance
        self.is_needed = bool(re.search(rf"\b{asked.name}\b", others))
        self.exercise = exercises.find(asked.id)
        self.quick = copy.copy(self.exercise)
        self.quick.limit = SECONDS
        self.source, self.outcomes = source, {}
        self.makers = {
            "right": self._right,
            "named": self._named,
            "unnamed": self._unnamed,
            "blank": lambda: [Answer(Status.BLANK)],
            "crash": self._crash,
            "stop": self._stop,
        }

    @functools.cache
    def of(self, kind: str) -> list[Answer]:
        return list(self.makers[kind]())

    @property
    def is_code(self) -> bool:
        return not isinstance(self.exercise, (Number, Choice))

    def _right(self) -> Iterator[Answer]:
        found = [self._source_of(right) for right in self.exercise.alternatives]
        for text in [self.source, *filter(None, found)]:
            if self._is(text, State.PASSED):
                yield Answer(Status.PASSED, text)

    def _named(self) -> Iterator[Answer]:
        mistakes = self.chance.sample(self.exercise.mistakes, len(self.exercise.mistakes))
        found = ((one.name, self._source_of(one.attempt)) for one in mistakes)
        good = (
            Answer(Status.WRONG, text, name)
            for name, text in found
            if text and self._is(text, State.NOT_YET, name)
        )
        yield from (answer for _, answer in zip(range(FAVORITES), good))

    def _unnamed(self) -> Iterator[Answer]:
        """As many labels as there are favorites, each with all texts that are found for it."""
        texts = self._changed() if self.is_code else self._numbers()
        for text in texts:
            if self._is(text, State.NOT_YET, None) and (label := self._label(text)):
                yield Answer(Status.WRONG, text, label=label)

    def _numbers(self) -> list[str]:
        if isinstance(self.exercise, Choice) or not isinstance(self.exercise.answer, int):
            return []
        return [f"{self.name} = {self.exercise.answer + off}" for off in (1001, 2003, -1009)]

    def _changed(self) -> list[str]:
        found = [mutant.source for mutant in self.solved.mutants]
        for one in second_solutions.seconds(self.exercise):
            for mutant in second_solutions.mutants_of(one):
                found.append(self._bound(mutant.source, one))
        some = self.chance.sample(found, len(found))
        return [text for text in some if text][: 4 * FAVORITES]

    def _bound(self, source: str, second: second_solutions.Second) -> str:
        """Source out of an exercise's module as a learner's; "" where it leans on an exercise."""
        module = source_cuts.source(second.names["__name__"])
        theirs = {name for piece in module.pieces for name in piece.defines}
        needed = theirs.intersection(slices.piece(source).needs) - {second.name}
        lent = module.cut(needed)
        if lent.exercises:
            return ""
        if not needed:
            return f"{source}\n{self.name} = {second.name}"
        inner = textwrap.indent(f"{lent.source}\n{source}\nreturn {second.name}", "    ")
        return f"def _made():\n{inner}\n{self.name} = _made()"

    def _crash(self) -> Iterator[Answer]:
        if self.is_plain:
            raises = f"def {self.name}(*args, **kwargs):\n    raise KeyError('left')"
            yield Answer(Status.WRONG, raises, label="crash")
        if not self.is_needed:  # else the later answers that need it would be wrong too
            yield Answer(Status.WRONG, f"{self.name} = (")

    @property
    def is_plain(self) -> bool:
        """A function that is just called."""
        return type(self.exercise) is Exercise and not self.exercise.probed

    def _stop(self) -> Iterator[Answer]:
        if self.is_plain:
            loop = f"def {self.name}(*args, **kwargs):\n    while True:\n        pass"
            yield Answer(Status.STOPPED, loop)

    def _source_of(self, attempt) -> str:
        """What stands for an answer of the catalogue; "" where it has no source of its own."""
        if not self.is_code:
            return f"{self.name} = {attempt!r}"
        second = second_solutions.second(attempt)
        return self._bound(second.source, second) if second else ""

    def _attempt(self, text: str):
        scope = self.solved.task().scope() if self.is_code else {}
        exec(compile(text, "<answer>", "exec"), scope)
        return scope[self.name]

    def _is(self, text: str, state: State, mistake: str | None = None) -> bool:
        """Whether the engine agrees, on more than one seed, that it is what it is planted as."""
        try:
            attempt = self._attempt(text)
        except Exception:
            return False
        return all(self._seen(attempt, seed) == (state, mistake) for seed in SEEDS)

    def _seen(self, attempt, seed: int) -> tuple[State, str | None]:
        """State and mistake, without the search for words that a judge makes."""
        if self.quick.refuse(attempt):
            return State.TO_DO, None
        given, wanted = try_cases(self.quick, attempt, seed), self.quick.expected(seed)
        if isinstance(given[-1].error, TimeUp):
            return State.STOPPED, None
        if all(map(self.quick.agrees, given, wanted)):
            helped = any(one.used & self.quick.forbidden for one in given)
            return State.TO_DO if helped else State.PASSED, None
        mistake = diagnose(self.quick, given, seed)
        return State.NOT_YET, mistake and mistake.name

    def _label(self, text: str) -> str:
        """Of what it gives, all of it; "" where there are labels enough."""
        given = try_cases(self.quick, self._attempt(text), SEEDS[0])
        for label, known in self.outcomes.items():
            if len(known) == len(given) and all(
                self.exercise.agrees(*pair, errors.same) for pair in zip(given, known)
            ):
                return label
        if len(self.outcomes) == FAVORITES:
            return ""
        self.outcomes[label := f"change {len(self.outcomes) + 1}"] = given
        return label


class Room:
    """A class before one notebook; `only` names some of its exercises. `strength` is the logarithm
    of the odds that an average student passes an exercise of difficulty 2.
    """

    def __init__(self, number: str, seed: int, only: list[str] | None, strength: float):
        self.number, self.chance, self.strength = number, random.Random(seed), strength
        self.ids = only or list(exercises.of(number))
        self.base = submissions.only(submissions.untouched(number), *self.ids)
        cells = submissions.sources(submissions.solved(number), *self.ids)
        solved = {one.id: one for one in prove.solved(*sources(SOLUTIONS, [number]))}
        self.answers = {
            asked.id: Answers(
                solved[asked.id],
                asked,
                cells[asked.id],
                "\n".join(source for id, source in cells.items() if id != asked.id),
                self.chance,
            )
            for asked in outline.exercises(number)
            if asked.id in self.ids
        }

    def student(self, name: str) -> tuple[dict | bytes, list[Planted]]:
        """One notebook, and what is in it."""
        if self.chance.random() < UNREADABLE:
            return b"{", [Planted(name, id, Status.UNREADABLE, "", "") for id in self.ids]
        skill, end = self.chance.gauss(0, 1), len(self.ids)
        if self.chance.random() < GIVES_UP:
            end = self.chance.randrange(1, end + 1)
        drawn = {id: self._answer(id, skill) for id in self.ids[:end]}
        given = {id: answer for id, answer in drawn.items() if answer.source}
        notebook = submissions.answered(
            self.base, {id: self._own(name, id, answer) for id, answer in given.items()}
        )
        blank = Answer(Status.BLANK)
        every = {id: drawn.get(id, blank) for id in self.ids}
        return notebook, [
            Planted(name, id, one.status, one.mistake, one.label) for id, one in every.items()
        ]

    def _answer(self, id: str, skill: float) -> Answer:
        answers = self.answers[id]
        odds = self.strength + skill - 0.6 * (answers.exercise.difficulty - 2)
        if self.chance.random() < 1 / (1 + math.exp(-odds)):
            return self.chance.choice(answers.of("right"))
        shares = {kind: share for kind, share in WRONG.items() if answers.of(kind)}
        [kind] = self.chance.choices(list(shares), list(shares.values()))
        return self._favorite(answers.of(kind))

    def _favorite(self, found: list[Answer]) -> Answer:
        """The first mistakes, and the first labels, are given by most."""
        keys = list(dict.fromkeys((one.mistake, one.label) for one in found))
        weights = [1 / place for place in range(1, len(keys) + 1)]
        [key] = self.chance.choices(keys, weights)
        return self.chance.choice([one for one in found if (one.mistake, one.label) == key])

    def _own(self, name: str, id: str, answer: Answer) -> str:
        """No two students type the same."""
        nearly = self.answers[id].is_plain and answer.label and self.chance.random() < 0.5
        more = NEARLY.format(name=self.answers[id].name) if nearly else ""
        return f"# {name}\n{answer.source}\n{more}"


def write(
    folder: Path,
    number: str,
    students: int,
    seed: int,
    only: list[str] | None = None,
    strength: float = 1.3,
) -> list[Planted]:
    """A folder a student; the truth."""
    room, truth = Room(number, seed, only, strength), []
    for place in range(1, students + 1):
        name = f"student {place:03}"
        notebook, planted = room.student(name)
        due = {name: submissions.Due((), notebook)}
        submissions.write(due, folder, submissions.file_of(number))
        truth += planted
    return truth


# What was found, beside what was planted


def counts(ones: list) -> Counter:
    """By exercise, status and mistake."""
    return Counter((one.id, one.status, one.mistake) for one in ones)


def found(out: Path, ids: set[str]) -> dict[tuple[str, str], results.Result]:
    return {
        (graded.student, result.id): result
        for graded in results.load(out)
        for result in graded.results
        if result.id in ids
    }


def pairs_of(keys: list) -> set[tuple]:
    """All pairs of places with the same key."""
    places = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    return {
        (one, other)
        for group in places.values()
        for number, one in enumerate(group)
        for other in group[:number]
    }


@dataclass(frozen=True)
class Quality:
    """Of the groups: the share of `answers` that are of the label that most of their group have,
    the share of `pairs` with one label that are in one group, and how many right answers are in
    any.
    """

    answers: int
    pairs: int
    purity: float
    recall: float
    right: int


def quality(truth: list[Planted], graded: dict) -> Quality:
    labelled = [one for one in truth if one.label]
    groups = [(one.id, graded[one.student, one.id].group or one.student) for one in labelled]
    by_group = defaultdict(Counter)
    for one, group in zip(labelled, groups):
        by_group[group][one.label] += 1
    pure = sum(max(labels.values()) for labels in by_group.values())
    planted = pairs_of([(one.id, one.label) for one in labelled])
    together = planted & pairs_of(groups)
    passed = [graded[one.student, one.id] for one in truth if one.status == Status.PASSED]
    return Quality(
        len(labelled),
        len(planted),
        pure / max(len(labelled), 1),
        len(together) / max(len(planted), 1),
        sum(bool(one.group) for one in passed),
    )


def compare(truth: list[Planted], out: Path) -> int:
    """Print what differs; 1 where something does."""
    graded = found(out, {one.id for one in truth})
    planted, given = counts(truth), counts(list(graded.values()))
    by_status = [
        [
            status,
            sum(n for (_, s, _), n in planted.items() if s == status),
            sum(n for (_, s, _), n in given.items() if s == status),
        ]
        for status in Status
    ]
    print(tabulate(by_status, headers=["", "planted", "found"]))
    differ = {
        key: (planted[key], given[key]) for key in planted | given if planted[key] != given[key]
    }
    for key, (was, now) in sorted(differ.items()):
        print(*key, "planted", was, "found", now)
    print(f"{len(planted)} counts by exercise, status and mistake, {len(differ)} differ.")
    print(quality(truth, graded))
    return int(bool(differ))


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.simulated_class", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--notebook", default="02")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="exercises, such as 2.1 2.8; else all")
    parser.add_argument("--compare", type=Path, metavar="CSV", help="with what was planted")
    options = parser.parse_args(given)
    told = options.folder.with_name(f"{options.folder.name}.truth.json")
    if options.compare:
        return compare([Planted(**one) for one in json.loads(told.read_text())], options.compare)
    truth = write(options.folder, options.notebook, options.students, options.seed, options.only)
    told.write_text(json.dumps([dataclasses.asdict(one) for one in truth]))
    print(f"{options.students} students in {options.folder}, what was planted in {told}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
