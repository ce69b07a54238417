"""What an exercise is.

It holds the right answer (from an independent source where there is one), the cases it is tried
on, the mistakes people make, each with the sentence it deserves, and other right answers.

    size = Exercise("2.1", "How big is the output?", difficulty=1, minutes=5)

    @size.reference
    def output_size(n, k, s=1): ...

    @size.cases
    def _(rng):
        yield call(7, 3)

    @size.mistake("The first position counts too.")
    def steps_not_positions(n, k, s=1): ...

    @size.alternative
    def by_counting(n, k, s=1): ...

    size.demand("a last window that does not fit is dropped", violated_by="rounded_up")
"""

import functools
import inspect
import numbers
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from checker import comparison, errors, module_comparison, ours, sandbox, settings, show


@dataclass(frozen=True)
class Call:
    """Arguments of one case."""

    args: tuple
    kwargs: dict


def call(*args, **kwargs) -> Call:
    """One case: the arguments that the attempt is called with."""
    return Call(args, kwargs)


def whole(rng: np.random.Generator, *shape: int, low: int = -4, high: int = 4) -> torch.Tensor:
    """A float64 tensor of whole numbers from `low` to `high`: easy to read, and exact in any order
    of summation.
    """
    return torch.from_numpy(rng.integers(low, high + 1, shape).astype(np.float64))


def normal(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """A float64 tensor of standard normal numbers."""
    return torch.from_numpy(rng.standard_normal(shape))


@dataclass(frozen=True)
class Demand:
    """Something a task asks for, in its own words, and the name of a mistake that breaks it."""

    text: str
    violated_by: str


@dataclass(frozen=True, eq=False)  # hashed by identity: an attempt may be a list
class Mistake:
    """A named wrong answer and what to say to whoever gives it."""

    name: str
    sentence: str
    attempt: object


class Exercise:
    """An exercise whose answer is a function.

    `core` says that the course's core needs it; whoever is short of time leaves the others out.
    `forbidden` names operations a right answer must do without (see `sandbox.run`); `tolerance` is
    relative to the largest expected number; with `any_float`, a tensor made from nothing may have
    any dtype of floats; `limit` is in seconds of processor time for all cases
    together.
    """

    def __init__(
        self,
        id: str,
        title: str,
        *,
        difficulty: int,
        minutes: int,
        points: int = 1,
        core: bool = True,
        hints=(),
        forbidden=frozenset(),
        tolerance: float = 1e-5,
        limit: float = 10.0,
        any_float: bool = False,
    ):
        self.id, self.title = id, title
        self.difficulty, self.minutes, self.points = difficulty, minutes, points
        self.core = core
        self.hints = tuple(hints)
        self.forbidden = frozenset(forbidden)
        self.tolerance, self.limit = tolerance, limit
        self.any_float = any_float
        self.answer, self.because, self.asks_again = None, "", None
        self.mistakes: list[Mistake] = []
        self.alternatives: list = []
        self.demands: list[Demand] = []
        self.probed, self.needs_twins = False, False
        self._kept = {}

    def __repr__(self):
        return f"{type(self).__name__}({self.id!r}, {self.title!r})"

    def header(self) -> str:
        """The first two lines of the exercise's task in the notebook."""
        part = "core" if self.core else "more"
        points = f"{self.points} point" + "s" * (self.points != 1)
        return (
            f"### {self.id} {self.title}\n`{part}` · `difficulty {self.difficulty}/5`"
            f" · `{self.minutes} min` · `{points}`"
        )

    # Writing one down: decorators, each returns what it decorates.

    def reference(self, answer):
        """The right answer.

        The notebook goes on with it if the learner has none; the card calls it by its name.
        """
        self.answer = answer
        return answer

    def cases(self, generate):
        """A generator function of a numpy `Generator`: fixed edge cases first, the smallest first,
        then random ones.
        """
        self.generate = generate
        return generate

    def probe(self, ask=None, *, twins: bool = False):
        """Replace how a case is put to an attempt: `ask(attempt, *args, **kwargs)`, by default a
        call.

        `twins` says that it builds the reference beside the attempt, so the grader provides its
        names and shapes.
        """
        if ask is None:
            return functools.partial(self.probe, twins=twins)
        self.ask, self.probed = ask, True
        self.needs_twins = self.needs_twins or twins
        return ask

    def mistake(self, sentence: str, name: str | None = None):
        """A wrong answer, named after its function unless told otherwise."""

        def add(attempt):
            self.mistakes.append(Mistake(name or attempt.__name__, sentence, attempt))
            return attempt

        return add

    def alternative(self, attempt):
        """Another right answer."""
        self.alternatives.append(attempt)
        return attempt

    def recall(self, ask):
        """How to ask about it again, briefly and with other numbers: `ask(rng)`, of a
        `random.Random`, returns the question and what it asks for.

        That is a call of the reference, or the answer itself, then if need be with what wrong
        answers deserve: {name: (answer, sentence)}.
        """
        self.asks_again = ask
        return ask

    def demand(self, text: str, *, violated_by: str) -> None:
        """Something the task's text asks for, in its words, and the mistake that breaks it."""
        self.demands.append(Demand(text, violated_by))

    # What the judge needs.

    @property
    def handed_on(self):
        """What the notebook goes on with where the learner has no right answer."""
        return self.once("handed on", lambda: ours.marked(self.answer))

    def generate(self, rng):
        """The cases, as `cases` replaces it; by default one call without arguments."""
        yield call()

    def kept(self, attempt):
        """What the notebook goes on with: an attempt that passed."""
        return attempt

    def ask(self, attempt, *args, **kwargs):
        """Put one case to an attempt, as `probe` replaces it."""
        return attempt(*args, **kwargs)

    def calls(self, seed: int = 0) -> tuple[Call, ...]:
        """The cases; another seed gives other random ones after the same fixed ones."""
        return self.once(("calls", seed), lambda: self._generated(seed))

    @settings.course()
    def _generated(self, seed):
        return tuple(self.generate(np.random.default_rng(seed)))

    def expected(self, seed: int = 0) -> tuple[sandbox.Outcome, ...]:
        """What the reference gives on each case. Raises RuntimeError where it fails."""
        return self.once(("expected", seed), lambda: self._answers(seed))

    def _answers(self, seed):
        outcomes = tuple(
            self.run(self.answer, case, sandbox.Deadline(60.0)) for case in self.calls(seed)
        )
        for case, outcome in zip(self.calls(seed), outcomes):
            if outcome.error is not None:
                raise RuntimeError(
                    f"The reference of {self.id} fails on {self.say(case)}"
                ) from outcome.error
        return outcomes

    def mistaken(self, mistake: Mistake, place: int, seed: int = 0) -> sandbox.Outcome:
        """What a mistake gives on one case; kept, since the next wrong attempt asks again."""
        key = ("mistaken", mistake, place, seed)
        return self.once(
            key,
            lambda: self.run(
                mistake.attempt, self.calls(seed)[place], sandbox.Deadline(self.limit)
            ),
        )

    def once(self, key, make):
        """Kept with the exercise: the next attempt asks again."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def run(
        self, attempt, case: Call, deadline: sandbox.Deadline, watch: bool = False
    ) -> sandbox.Outcome:
        """Put one case to an attempt."""
        ask = functools.partial(self.ask, attempt)
        return sandbox.run(ask, case.args, case.kwargs, deadline, watch=watch)

    def agrees(self, outcome: sandbox.Outcome, other: sandbox.Outcome, same=errors.same) -> bool:
        """Whether two outcomes of one case are the same; `same` compares errors."""
        if outcome.error is not None or other.error is not None:
            return same(outcome.error, other.error)
        if _side_effects(outcome) != _side_effects(other):
            return False
        return self.miss(outcome.value, other.value) is None

    def refuse(self, attempt) -> str | None:
        """Why an attempt cannot be tried at all."""
        if callable(attempt):
            return None
        name = self.answer.__name__
        return (
            f"`check` got {show.short(attempt)}, {show.with_article(attempt)}, and"
            " needs the function itself:"
            f' `check("{self.id}", {name})`, with no call after `{name}`.'
        )

    def say(self, case: Call) -> str:
        """A call as the learner would write it, large tensors by their shape: "`conv2d(x (1, 1, 3,
        3), w=[[1.0]])`".
        """
        return f"`{self.answer.__name__}({_arguments(self.answer, case)})`"

    def same(self, got, wanted) -> bool:
        """Whether two values, or parts of them, agree within the tolerance."""
        return comparison.difference(got, wanted, self.tolerance) is None

    def miss(self, got, wanted) -> str | None:
        """How a value differs from the one wanted, in words; None where it does not."""
        if self.any_float and _are_floats(got, wanted):
            got = got.to(wanted.dtype)
        return comparison.difference(got, wanted, self.tolerance)


def _plain(value: object) -> bool:
    """Whether a card shows a value as it is typed."""
    if type(value) in (tuple, list):
        return len(value) <= 4 and all(map(_plain, value))
    return type(value) in (bool, int, float, str)


class Module(Exercise):
    """An exercise whose answer is an `nn.Module` class, compared by value and never by shape
    alone.

    A case is `call(*arguments of the constructor, inputs=x)`; `inputs` is a tensor or a tuple of
    tensors. The reference is built, its parameters and buffers are filled with random numbers and
    loaded into the learner's module. Compared are: initial values where they are not random, the
    output, the gradients, the buffers after a step in training mode, and the output in evaluation
    mode.
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.needs_twins = True

    def refuse(self, attempt) -> str | None:
        if inspect.isclass(attempt) and issubclass(attempt, nn.Module):
            return None
        name = attempt.__name__ if inspect.isclass(attempt) else self.answer.__name__
        if inspect.isclass(attempt):
            return f"`{name}` is no module yet: write `class {name}(nn.Module)`."
        return (
            f"`check` got {show.short(attempt)} and needs the class itself:"
            f' `check("{self.id}", {name})`.'
        )

    def ask(self, attempt, *args, inputs, **kwargs):
        twins = self.answer(*args, **kwargs), self.answer(*args, **kwargs)
        return module_comparison.everything(attempt(*args, **kwargs), twins, _several(inputs))

    def say(self, case: Call) -> str:
        building, inputs = _taken_apart(case)
        shapes = ", ".join(f"x {tuple(x.shape)}" for x in inputs)
        return f"`{self._built(building)}({shapes})`"

    def drawing(self, case: Call) -> str:
        """The code that draws the learner's module for this case; "" where it is not short."""
        building, inputs = _taken_apart(case)
        if not all(_plain(value) for value in (*building.args, *building.kwargs.values())):
            return ""
        shapes = [tuple(x.shape) for x in inputs]
        several = ", ".join(f"torch.ones{shape}" for shape in shapes)
        x = f"{shapes[0]}" if len(shapes) == 1 else f"({several})"
        return f"draw.net({self._built(building)}, {x})"

    def _built(self, building: Call) -> str:
        return f"{self.answer.__name__}({_arguments(self.answer, building)})"


def _taken_apart(case: Call) -> tuple[Call, tuple]:
    """What builds a module, and what it is then given."""
    building = {name: value for name, value in case.kwargs.items() if name != "inputs"}
    return Call(case.args, building), _several(case.kwargs["inputs"])


def _several(inputs) -> tuple:
    """The tensors for a module, which a case may give as one."""
    return inputs if isinstance(inputs, tuple) else (inputs,)


TYPED = 10  # digits of a number that was typed


class Number(Exercise):
    """An exercise whose answer is a number, or a tuple or list of numbers.

    `wrong` maps the name of a mistake to its value and its sentence; `right` lists the answer
    written in other ways.
    """

    def __init__(self, id, title, answer, *, wrong, right=(), **options):
        super().__init__(id, title, **options)
        self.answer = answer
        self.mistakes = [
            Mistake(name, sentence, value) for name, (value, sentence) in wrong.items()
        ]
        self.alternatives = list(right)

    def refuse(self, attempt):
        return None

    def kept(self, attempt):
        """Of the type of ours, so that later cells can use it: the values of a dict as a tuple."""
        return attempt if type(attempt) is type(self.answer) else self.ask(attempt)

    def ask(self, attempt):
        return comparison.in_kind(attempt, self.answer)

    def say(self, case):
        return "Your answer"

    def miss(self, got, wanted):
        """Does not tell the right number."""
        if comparison.difference(got, wanted, self.tolerance) is None:
            return None
        plain = isinstance(got, (int, float, *show.SEQUENCES))
        odd = "" if plain else f", {show.with_article(got)}"
        return f"is {show.short(got, TYPED)}{odd}. {_way_on(got, wanted)}"


def _way_on(got, wanted) -> str:
    """What to do about an answer that is no number; nothing about one that is."""
    if isinstance(got, str):
        return "Leave the quotes out: a number is asked for."
    if isinstance(got, tuple) and isinstance(wanted, numbers.Number):
        return "A comma makes a tuple of two; inside a number write `_`, or nothing."
    return "That is not it."


class Choice(Exercise):
    """A question with lettered options, one of them right.

    `why` maps every wrong letter to the sentence it deserves; `because` is said when the right one
    is given.
    """

    def __init__(self, id, title, answer: str, *, why: dict[str, str], because: str, **options):
        super().__init__(id, title, **options)
        self.answer, self.because = answer, because
        self.mistakes = [Mistake(letter, sentence, letter) for letter, sentence in why.items()]
        self.alternatives = [answer.upper(), f" {answer}) "]
        self.letters = sorted({answer, *why})

    def refuse(self, attempt) -> str | None:
        if type(attempt) is str and self.ask(attempt) in self.letters:
            return None
        return (
            f"Your answer is {show.short(attempt)}; answer with one letter in quotes:"
            f" {', '.join(self.letters)}."
        )

    def ask(self, attempt):
        return attempt.strip(" .()").lower()

    def say(self, case):
        return "Your answer"

    def miss(self, got, wanted):
        """Does not tell the right letter."""
        return None if got == wanted else f"is {got}."


class Prediction(Choice):
    """What will an experiment show? Every letter passes: the experiment tells who was right."""

    def __init__(self, id, title, answer: str, letters: str, **options):
        super().__init__(
            id, title, answer, why={}, because="Noted. Now see what comes out.", **options
        )
        self.letters = sorted(letters)
        self.alternatives = [letter for letter in letters if letter != answer]

    def miss(self, got, wanted):
        return None


def _arguments(function, case: Call) -> str:
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    names += [None] * len(case.args)
    shown = [_argument(value, name, by_name=False) for value, name in zip(case.args, names)]
    return ", ".join(
        shown + [_argument(value, name, by_name=True) for name, value in case.kwargs.items()]
    )


def _argument(value, name, by_name) -> str:
    if isinstance(value, (torch.Tensor, np.ndarray)) and name and np.prod(value.shape) > 6:
        return f"{name} {tuple(value.shape)}"
    by_name = by_name or isinstance(value, torch.Tensor) and name
    return f"{name}={show.short(value)}" if by_name else show.short(value)


def _are_floats(*values) -> bool:
    return all(type(value) in show.TENSORS and value.is_floating_point() for value in values)


def _side_effects(outcome):
    return outcome.changed, outcome.seeded, outcome.left
