"""What an exercise is, and judging an attempt at one.

An exercise holds the right answer (from an independent source where there is one), the cases it is tried on, the
mistakes people make, each with the sentence it deserves, and other right answers. Judging an attempt runs it on every
case and compares. Where it is wrong, the same cases are run through the catalogue of mistakes: the one that gives
exactly the learner's outcomes is the one that was made.

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
"""

import functools
import inspect
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from utils import compare, explain, modules, sandbox
from utils.modules import Unfit


@dataclass(frozen=True)
class Call:
    """Arguments of one case."""

    args: tuple
    kwargs: dict


def call(*args, **kwargs) -> Call:
    """One case: the arguments that the attempt is called with."""
    return Call(args, kwargs)


def whole(rng: np.random.Generator, *shape: int, low: int = -4, high: int = 4) -> torch.Tensor:
    """A float64 tensor of whole numbers from `low` to `high`: easy to read, and exact in any order of summation."""
    return torch.from_numpy(rng.integers(low, high + 1, shape).astype(np.float64))


def normal(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """A float64 tensor of standard normal numbers."""
    return torch.from_numpy(rng.standard_normal(shape))


@dataclass(frozen=True, eq=False)  # hashed by identity: an attempt may be a list
class Mistake:
    """A named wrong answer and what to say to whoever gives it."""

    name: str
    sentence: str
    attempt: object


@dataclass(frozen=True)
class Verdict:
    """What a judge found: `state` is "to do", "passed", "not yet" or "stopped"; `mistake` a name from the catalogue.

    `found` says what happened and `why` what that means, where it is known; `message` is both.
    """

    exercise: "Exercise" = field(repr=False)
    state: str
    found: str
    why: str = ""
    mistake: str | None = None
    line: str | None = None
    printed: str = ""
    case: Call | None = field(default=None, repr=False)

    @property
    def message(self) -> str:
        return f"{self.found} {self.why}".rstrip()


class Exercise:
    """An exercise whose answer is a function.

    `forbidden` names operations a right answer must do without (see `sandbox.run`); `tolerance` is relative to the
    largest expected number; `limit` is in seconds for all cases together.
    """

    def __init__(
        self, id: str, title: str, *, difficulty: int, minutes: int, points: int = 1, hints=(),
        forbidden=frozenset(), tolerance: float = 1e-5, limit: float = 10.0,
    ):
        self.id, self.title = id, title
        self.difficulty, self.minutes, self.points = difficulty, minutes, points
        self.hints, self.forbidden, self.tolerance, self.limit = tuple(hints), frozenset(forbidden), tolerance, limit
        self.answer = None
        self.mistakes: list[Mistake] = []
        self.alternatives: list = []

    def __repr__(self):
        return f"{type(self).__name__}({self.id!r}, {self.title!r})"

    def header(self) -> str:
        """The first two lines of the exercise's task in the notebook."""
        points = f"{self.points} point" + "s" * (self.points != 1)
        return f"### {self.id} {self.title}\n`difficulty {self.difficulty}/5` · `{self.minutes} min` · `{points}`"

    # Writing one down: decorators, each returns what it decorates.

    def reference(self, answer):
        """The right answer. The notebook goes on with it if the learner has none; the card calls it by its name."""
        self.answer = answer
        return answer

    def cases(self, generate):
        """A generator function of a numpy `Generator`: fixed edge cases first, the smallest first, then random ones."""
        self._generate = generate
        return generate

    def probe(self, ask):
        """Replace how a case is put to an attempt: `ask(attempt, *args, **kwargs)`, by default a call."""
        self._ask = ask
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

    # What the judge needs.

    def _generate(self, rng):
        yield call()

    def _ask(self, attempt, *args, **kwargs):
        return attempt(*args, **kwargs)

    @functools.lru_cache(maxsize=2)
    def calls(self, seed: int = 0) -> tuple[Call, ...]:
        """The cases; another seed gives other random ones after the same fixed ones."""
        return tuple(self._generate(np.random.default_rng(seed)))

    @functools.lru_cache(maxsize=2)
    def expected(self, seed: int = 0) -> tuple[sandbox.Outcome, ...]:
        """What the reference gives on each case."""
        outcomes = tuple(self.run(self.answer, case, limit=60.0) for case in self.calls(seed))
        for case, outcome in zip(self.calls(seed), outcomes):
            if outcome.error is not None:
                raise RuntimeError(f"The reference of {self.id} fails on {self.say(case)}") from outcome.error
        return outcomes

    @functools.lru_cache(maxsize=256)
    def mistaken(self, mistake: Mistake, place: int, seed: int = 0) -> sandbox.Outcome:
        """What a mistake gives on one case; kept, since the next wrong attempt asks again."""
        return self.run(mistake.attempt, self.calls(seed)[place], self.limit)

    def run(self, attempt, case: Call, limit: float, watch: bool = False) -> sandbox.Outcome:
        """Put one case to an attempt."""
        ask = functools.partial(self._ask, attempt)
        return sandbox.run(ask, case.args, case.kwargs, limit=limit, watch=watch)

    def agrees(self, outcome: sandbox.Outcome, other: sandbox.Outcome) -> bool:
        """Whether two outcomes of one case are the same."""
        if outcome.error is not None or other.error is not None:
            return _same_error(outcome.error, other.error)
        if outcome.changed != other.changed or outcome.seeded != other.seeded:
            return False
        return self.miss(outcome.value, other.value) is None

    def refuse(self, attempt) -> str | None:
        """Why an attempt cannot be tried at all."""
        if callable(attempt):
            return None
        name = self.answer.__name__
        return (
            f"`check` got {compare.short(attempt)}, {compare.with_article(attempt)}, and needs the function itself:"
            f' `check("{self.id}", {name})`, with no call after `{name}`.'
        )

    def say(self, case: Call) -> str:
        """A call as the learner would write it, large tensors by their shape: "`conv2d(x (1, 1, 3, 3), w=[[1.0]])`"."""
        return f"`{self.answer.__name__}({_arguments(self.answer, case)})`"

    def miss(self, got, wanted) -> str | None:
        """How a value differs from the one wanted, in words; None where it does not."""
        return compare.difference(got, wanted, self.tolerance)


class Module(Exercise):
    """An exercise whose answer is an `nn.Module` class, compared by value and never by shape alone.

    A case is `call(*arguments of the constructor, inputs=x)`; `inputs` is a tensor or a tuple of tensors. The
    reference is built, its parameters and buffers are filled with random numbers and loaded into the learner's module.
    Compared are: initial values where they are not random, the output, the gradients, the buffers after a step in
    training mode, and the output in evaluation mode.
    """

    def refuse(self, attempt) -> str | None:
        if inspect.isclass(attempt) and issubclass(attempt, nn.Module):
            return None
        name = attempt.__name__ if inspect.isclass(attempt) else self.answer.__name__
        if inspect.isclass(attempt):
            return f"`{name}` is no module yet: write `class {name}(nn.Module)`."
        return f'`check` got {compare.short(attempt)} and needs the class itself: `check("{self.id}", {name})`.'

    def _ask(self, attempt, *args, inputs, **kwargs):
        inputs = inputs if isinstance(inputs, tuple) else (inputs,)
        twins = self.answer(*args, **kwargs), self.answer(*args, **kwargs)
        return modules.everything(attempt(*args, **kwargs), twins, inputs)

    def say(self, case: Call) -> str:
        kwargs = {key: value for key, value in case.kwargs.items() if key != "inputs"}
        inputs = case.kwargs["inputs"]
        inputs = inputs if isinstance(inputs, tuple) else (inputs,)
        shapes = ", ".join(f"x {tuple(x.shape)}" for x in inputs)
        return f"`{self.answer.__name__}({_arguments(self.answer, Call(case.args, kwargs))})({shapes})`"


class Number(Exercise):
    """An exercise whose answer is a number, or a tuple or list of numbers.

    `wrong` maps the name of a mistake to its value and its sentence; `right` lists the answer written in other ways.
    """

    def __init__(self, id, title, answer, *, wrong, right=(), **options):
        super().__init__(id, title, **options)
        self.answer = answer
        self.mistakes = [Mistake(name, sentence, value) for name, (value, sentence) in wrong.items()]
        self.alternatives = list(right)

    def refuse(self, attempt):
        return None

    def _ask(self, attempt):
        return int(attempt) if type(attempt) is float and attempt.is_integer() and type(self.answer) is int else attempt

    def say(self, case):
        return "Your answer"

    def miss(self, got, wanted):
        """Does not tell the right number."""
        if compare.difference(got, wanted, self.tolerance) is None:
            return None
        odd = "" if isinstance(got, (int, float, *compare.SEQUENCES)) else f", {compare.with_article(got)}"
        way_on = "Leave the quotes out: a number is asked for." if isinstance(got, str) else "That is not it."
        return f"is {compare.short(got)}{odd}. {way_on}"


class Choice(Exercise):
    """A question with lettered options, one of them right.

    `why` maps every wrong letter to the sentence it deserves; `because` is said when the right one is given.
    """

    def __init__(self, id, title, answer: str, *, why: dict[str, str], because: str, **options):
        super().__init__(id, title, **options)
        self.answer, self.because = answer, because
        self.mistakes = [Mistake(letter, sentence, letter) for letter, sentence in why.items()]
        self.alternatives = [answer.upper(), f" {answer}) "]
        self.letters = sorted({answer, *why})

    def refuse(self, attempt) -> str | None:
        if type(attempt) is str and self._ask(attempt) in self.letters:
            return None
        return f"Your answer is {compare.short(attempt)}; answer with one letter in quotes: {', '.join(self.letters)}."

    def _ask(self, attempt):
        return attempt.strip(" .()").lower()

    def say(self, case):
        return "Your answer"

    def miss(self, got, wanted):
        """Does not tell the right letter."""
        return None if got == wanted else f"is {got}."


def judge(exercise: Exercise, attempt, seed: int = 0) -> Verdict:
    """Try an attempt on every case and say what was found. Raises nothing that the attempt raises."""
    if attempt is Ellipsis:
        return _to_do(exercise)
    refusal = exercise.refuse(attempt)
    if refusal:
        return Verdict(exercise, "not yet", refusal)
    exercise.expected(seed)  # before the attempt's clock starts: what torch loads late is then there
    return conclude(exercise, try_cases(exercise, attempt, seed), seed)


def try_cases(exercise: Exercise, attempt, seed: int = 0) -> list[sandbox.Outcome]:
    """The outcomes up to the time limit; a case that was stopped is the last. Needs no reference."""
    cases, outcomes = exercise.calls(seed), []  # made before the clock starts: they may load much of torch
    until = time.monotonic() + exercise.limit
    for case in cases:
        outcomes.append(exercise.run(attempt, case, until - time.monotonic(), watch=bool(exercise.forbidden)))
        if isinstance(outcomes[-1].error, (sandbox.TimeUp, KeyboardInterrupt)) or _is_stub(outcomes[0].error):
            break
    return outcomes


def conclude(exercise: Exercise, outcomes: list[sandbox.Outcome], seed: int = 0) -> Verdict:
    """What the outcomes of an attempt mean. The grader calls it with outcomes from another process."""
    if _is_stub(outcomes[0].error):
        return _to_do(exercise)
    failed = _first_failure(exercise, outcomes, seed) or _used_forbidden(exercise, outcomes)
    return failed or _passed(exercise, outcomes)


def _is_stub(error) -> bool:
    """`raise NotImplementedError` as handed out; torch's own errors of that type carry a message."""
    return isinstance(error, NotImplementedError) and not error.args


def _to_do(exercise) -> Verdict:
    return Verdict(exercise, "to do", f"about {exercise.minutes} min")


def _passed(exercise, outcomes) -> Verdict:
    count = len(outcomes)
    message = getattr(exercise, "because", None) or (f"{count} of {count} cases" if count > 1 else "right")
    return Verdict(exercise, "passed", message, printed=outcomes[0].printed)


def _first_failure(exercise, outcomes, seed) -> Verdict | None:
    expected = exercise.expected(seed)
    for case, outcome, wanted in zip(exercise.calls(seed), outcomes, expected):
        if exercise.agrees(outcome, wanted):
            continue
        state, found = _failure(exercise, case, outcome, wanted)
        mistake = None if state == "stopped" else diagnose(exercise, outcomes, seed)
        why = mistake.sentence if mistake else _remark(outcome)
        line = explain.line_of(outcome.error) if outcome.error is not None else None
        return Verdict(exercise, state, found, why, mistake and mistake.name, line, outcome.printed, case)
    return None


def _failure(exercise, case, outcome, wanted) -> tuple[str, str]:
    """The state and the sentence for one failed case."""
    called = exercise.say(case)
    if isinstance(outcome.error, sandbox.TimeUp):
        return "stopped", f"{called} was still running after {exercise.limit:g} s. Is there a loop that never ends?"
    if isinstance(outcome.error, KeyboardInterrupt):
        return "stopped", f"{called} was interrupted: you pressed stop, or the code raises KeyboardInterrupt."
    if isinstance(outcome.error, Unfit):
        return "not yet", f"{called}: {outcome.error}"
    if outcome.error is not None:
        return "not yet", f"{called} {_raised(outcome.error, wanted)}"
    return "not yet", f"{called} {exercise.miss(outcome.value, wanted.value) or 'gave the right answer.'}"


def _raised(error, wanted) -> str:
    expected = compare.short(wanted.value) if not isinstance(wanted.value, dict) else "a result"
    if explain.line_of(error) is None and isinstance(error, TypeError) and "argument" in str(error):
        return f"{explain.what_raised(error)}. Keep the arguments of the stub as they were."
    return f"{explain.what_raised(error)}, expected {expected}."


def _remark(outcome) -> str:
    """A sentence where no catalogued mistake fits: the error in plain words, or a side effect."""
    if isinstance(outcome.error, SystemExit):
        return "`exit` and `quit` end a program; a function ends with `return`."
    if outcome.error is not None:
        return explain.in_words(outcome.error) or ""
    if outcome.changed:
        return "But your code changed its input, which the caller still needs. Work on a copy: `x = x.clone()`."
    if outcome.seeded:
        return "But your code set a random seed, which changes every draw after it. Take that out."
    return "What came back is the input itself, or a view of it." if outcome.alias else ""


def diagnose(exercise: Exercise, outcomes, seed: int = 0) -> Mistake | None:
    """The one mistake that gives the same outcomes on every case; None if there is none, or more than one."""
    fits = [mistake for mistake in exercise.mistakes if _fits(exercise, mistake, outcomes, seed)]
    return fits[0] if len(fits) == 1 else None


def _fits(exercise, mistake, outcomes, seed) -> bool:
    if exercise.refuse(mistake.attempt):
        return False
    return all(exercise.agrees(given, exercise.mistaken(mistake, n, seed)) for n, given in enumerate(outcomes))


def _same_error(one, other) -> bool:
    """Errors are the same by type; the engine's own also by what they say."""
    return type(one) is type(other) and (not isinstance(one, Unfit) or str(one) == str(other))


def _used_forbidden(exercise, outcomes) -> Verdict | None:
    used = set().union(*(outcome.used for outcome in outcomes)) & exercise.forbidden
    if not used:
        return None
    found = f"The answer is right, but it calls the library's `{min(used)}`."
    return Verdict(exercise, "not yet", found, "This exercise is to write it yourself.", "library call")


def _arguments(function, case: Call) -> str:
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        names = []
    names += [None] * len(case.args)
    shown = [_argument(value, name, by_name=False) for value, name in zip(case.args, names)]
    return ", ".join(shown + [_argument(value, name, by_name=True) for name, value in case.kwargs.items()])


def _argument(value, name, by_name) -> str:
    if isinstance(value, (torch.Tensor, np.ndarray)) and name and np.prod(value.shape) > 6:
        return f"{name} {tuple(value.shape)}"
    by_name = by_name or isinstance(value, torch.Tensor) and name
    return f"{name}={compare.short(value)}" if by_name else compare.short(value)
