"""What stays: short questions from earlier notebooks, with other numbers each time, and questions
with letters that were missed, with their options in another order.

Which ones follows from the marks alone: what failed and was not recalled since comes first, then
what was passed or recalled longest ago, then what was never tried. Once asked, questions stay
until they are asked anew, so a notebook that is run again asks the same.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from checker import letters, links, marks, registry, sandbox, settings
from checker.card import LOOKS, emphasized, frame, plain
from checker.exercise import Call, Choice, Exercise, Mistake, Number
from checker.judge import judge, passes
from checker.marks import Note
from checker.verdict import State, Verdict

ANY = "all"  # where no notebook opens with the questions
DRAWS = 3


@dataclass(frozen=True)
class Question:
    """A short question; `exercise` judges an answer to it."""

    text: str
    exercise: Number | Choice


@settings.course()
def question(exercise: Exercise, rng: random.Random) -> Question:
    """What an exercise asks again, its wrong answers those of its catalogue for the same call.

    Of some draws the one on which most mistakes are told apart.
    """
    if not exercise.asks_again:
        return Question(*letters.asked_again(exercise, *registry.choice(exercise.id), rng))
    drawn = [_drawn(exercise, rng) for _ in range(DRAWS)]
    return max(drawn, key=lambda question: len(question.exercise.mistakes))


def _drawn(exercise, rng) -> Question:
    text, asked, *wrong = exercise.asks_again(rng)
    answer, slips = _called(exercise, asked) if isinstance(asked, Call) else (asked, {})
    answer = tuple(answer) if isinstance(answer, list) else answer  # then either will do
    number = Number(exercise.id, exercise.title, answer, wrong={}, difficulty=1, minutes=1)
    number.mistakes = list(_told_apart(number, wrong[0] if wrong else slips))
    return Question(text, number)


def _called(exercise: Exercise, case: Call):
    """The reference's value of a call, and the mistakes' with their sentences."""
    values = [(mistake, _value(exercise, mistake.attempt, case)) for mistake in exercise.mistakes]
    wrong = {m.name: (value, m.sentence) for m, value in values if value is not None}
    return _value(exercise, exercise.answer, case), wrong


def _value(exercise, attempt, case: Call):
    return exercise.run(attempt, case, sandbox.Deadline(exercise.limit)).value


def _told_apart(number: Number, wrong) -> Iterator[Mistake]:
    """The mistakes that are wrong here, and not what one with another sentence gives, too."""
    named = (Mistake(name, sentence, value) for name, (value, sentence) in wrong.items())
    mistakes = [mistake for mistake in named if not passes(number, mistake.attempt)]
    for mistake in mistakes:
        alike = [other for other in mistakes if _give_the_same(number, mistake, other)]
        if alike[0] is mistake and {other.sentence for other in alike} == {mistake.sentence}:
            yield mistake


def _give_the_same(number: Number, one: Mistake, other: Mistake) -> bool:
    return number.same(number.ask(one.attempt), number.ask(other.attempt))


def chosen(notes: Sequence[Note], before: str, rng: random.Random) -> list[Exercise]:
    """The exercises that can ask again, those first that are to be asked first."""
    exercises = [one for number in _earlier(notes, before) for one in registry.of(number)]
    missed = {note.id for note in notes if note.word == "failed" and registry.choice(note.id)}
    found = [one for one in exercises if one.asks_again or one.id in missed]
    rng.shuffle(found)
    return sorted(found, key=lambda exercise: _turn(exercise.id, notes))


def _earlier(notes, before: str) -> list[str]:
    """The notebooks before one; for ANY those up to the last that was begun, or all."""
    numbers = registry.numbers()
    if before != ANY:
        return [number for number in numbers if number < before]
    begun = {registry.number(note.id) for note in notes if note.id}
    return [number for number in numbers if number <= max(begun, default=numbers[-1])]


def _turn(id: str, notes: Sequence[Note]) -> tuple[int, int]:
    last = {note.word: place for place, note in enumerate(notes) if note.id == id}
    failed = max(last.get("failed", -1), last.get("forgotten", -1))
    if failed > last.get("recalled", -1):
        return 0, failed
    return (1, max(last.values())) if last else (2, 0)


class Review:
    """Asks, judges what was answered, and notes the first answer to each question."""

    def __init__(self, answers, before: str = ANY):
        self.before, self.trouble = before, None
        if before not in (ANY, *registry.numbers()[1:]):
            raise LookupError(f"{before!r} is no notebook that others come before.")
        answers = list(answers) if isinstance(answers, (list, tuple)) else [answers]
        if all(answer is ... for answer in answers):
            self.trouble = marks.write(Note("asked", of=before))
        self.notes, _ = marks.notes()
        self.place = self._asked()
        self.verdicts = [
            self._judged(*pair) for pair in zip(self._questions(len(answers)), answers)
        ]

    def _asked(self) -> int:
        """After how many notes the questions were asked."""
        asked = Note("asked", of=self.before)
        return max((n for n, note in enumerate(self.notes) if note == asked), default=0)

    def _questions(self, count: int) -> list[Question]:
        rng = random.Random(f"{self.before} {self.place}")
        order = chosen(self.notes[: self.place], self.before, rng)
        return [question(exercise, rng) for exercise in islice(cycle(order), count)]

    def _judged(self, question: Question, answer) -> tuple[str, Verdict]:
        verdict = judge(question.exercise, answer)
        if verdict.state != State.TO_DO:
            self._note(verdict)
        return question.text, verdict

    def _note(self, verdict: Verdict) -> None:
        id, since = verdict.exercise.id, self.notes[self.place :]
        if any(note.id == id and note.of == self.before for note in since):
            return
        word = "recalled" if verdict.state == State.PASSED else "forgotten"
        note = Note(word, id, self.before)
        self.notes.append(note)
        self.trouble = marks.write(note) or self.trouble

    @property
    def state(self) -> State:
        states = {verdict.state for _, verdict in self.verdicts}
        return next((s for s in (State.NOT_YET, State.TO_DO) if s in states), State.PASSED)

    def __repr__(self):
        return "\n".join([self._head(), *self._lines(plain)])

    def _repr_html_(self):
        return frame(self.state, self._head(), self._lines(emphasized))

    def _head(self) -> str:
        count = len(self.verdicts)
        return f"{LOOKS[self.state][0]} · {count} question{'s' * (count != 1)} from before"

    def _lines(self, own) -> list[str]:
        asked = [own(line) for n, pair in enumerate(self.verdicts, 1) for line in _said(n, *pair)]
        how = [self._how()] * (self.state == State.TO_DO)
        return [*asked, *how, *[self.trouble] * bool(self.trouble)]

    def _how(self) -> str:
        with_letters = any(isinstance(verdict.exercise, Choice) for _, verdict in self.verdicts)
        return (HOW_ANY if self.before == ANY else HOW) + LETTER * with_letters


HOW = "Put your answers in place of the dots, and run the cell again."
HOW_ANY = "Answer with `review([12, (3, 4), ...])`, in this order, dots for what you leave out."
LETTER = ' A letter is typed in quotes: `"b"`.'


def _said(number: int, text: str, verdict: Verdict) -> list[str]:
    """A question, and what became of the answer to it."""
    asked = f"{number}. {text}"
    if verdict.state == State.TO_DO:
        return [asked]
    if verdict.state == State.PASSED:
        return [asked, "✓ Right."]
    return [asked, f"✗ {verdict.message} It is exercise {links.exercise(verdict.exercise.id)}."]
