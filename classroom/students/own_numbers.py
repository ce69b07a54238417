"""Numbers that differ by student: the questions, drawn from a secret that the teacher keeps.

The same secret, assignment and student always give the same questions, so the grader needs the key
file only.
"""

import hmac
import json
import os
import random
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from checker.exercise import Number
from classroom.records.record import Record, dumps
from classroom.records.spliced import Asked
from course.files import content, make_folder
from course.paths import Complaint
from exercises.own_numbers import NUMBER, RULES
from utils.drill import Drill, Question

FILE = "own_numbers"
TAUGHT = "02"  # the notebook that teaches what is asked
TITLES = ("Output height", "After pooling", "Receptive field", "Parameters", "Multiply-adds")


@dataclass(frozen=True)
class Key(Record):
    """What the teacher keeps: the assignment's name, a secret, and the students it is for."""

    assignment: str
    secret: str
    students: tuple[str, ...]

    def listed(self, student: str) -> str:
        """A student's name as the list has it, which may write an accent in another way."""
        names = {unicodedata.normalize("NFC", name): name for name in self.students}
        return names.get(unicodedata.normalize("NFC", student), student)

    def digest(self, purpose: str, student: str) -> str:
        student = self.listed(student)
        told = json.dumps([purpose, self.assignment, student])
        return hmac.new(bytes.fromhex(self.secret), told.encode(), "sha256").hexdigest()

    @classmethod
    def of(cls, form):
        return cls(**form | {"students": tuple(form["students"])})


def load(path: Path) -> Key:
    """The key in a file. Raises Complaint where there is none."""
    try:
        key = Key.of(json.loads(content(path)))
        bytes.fromhex(key.secret)
    except (ValueError, KeyError, TypeError):
        raise Complaint(
            f"{path} is no key of own numbers. classroom.assignment writes it, as NAME.key.json."
        ) from None
    return key


def keep(path: Path, assignment: str, students: list[str]) -> Key:
    """The key in the file, with these students added; a new one where there is none.

    Only its owner may read it. Raises Complaint where it is another assignment's, or cannot be
    written.
    """
    old = load(path) if path.exists() else Key(assignment, secrets.token_hex(32), ())
    if old.assignment != assignment:
        raise Complaint(
            f"{path} is the key of the assignment {old.assignment}, not of {assignment}."
        )
    key = Key(assignment, old.secret, tuple(dict.fromkeys([*old.students, *students])))
    make_folder(path.parent)
    # Its owner's alone from its first byte on: to set that afterwards would leave a moment.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise Complaint(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(dumps(key, indent=1))
    return key


def questions(key: Key, student: str) -> list[Question]:
    """The five questions of a student."""
    seed = key.digest("questions", student)
    drill, rng = Drill(int(seed, 16)).questions, random.Random(seed)
    return [drill[0], drill[2], _clear(_field, rng), drill[4], _clear(_multiply_adds, rng)]


def _clear(make, rng) -> Question:
    while not (question := make(rng)).clear():
        pass
    return question


def _field(rng) -> Question:
    (k1, s1), (k2, s2), (k3, s3) = [(rng.randint(2, 9), rng.randint(2, 4)) for _ in range(3)]
    answer = 1 + (k1 - 1) + (k2 - 1) * s1 + (k3 - 1) * s1 * s2
    slips = {
        "strides before": 1 + (k1 - 1) + (k2 - 1) + (k3 - 1),
        "its own stride": 1 + (k1 - 1) * s1 + (k2 - 1) * s1 * s2 + (k3 - 1) * s1 * s2 * s3,
        "growth": 1 + k1 + k2 * s1 + k3 * s1 * s2,
        "the pixel itself": answer - 1,
    }
    layers = (
        f"kernel {k1} with stride {s1}, then kernel {k2} with stride {s2}, then kernel {k3} with"
        f" stride {s3}"
    )
    return Question(
        f"Three layers: {layers}. How many pixels wide is what one output sees?", answer, slips
    )


def _multiply_adds(rng) -> Question:
    bounds = ((12, 40), (2, 16), (2, 24), (3, 5), (1, 2))
    n, c, f, k, p = (rng.randint(*bound) for bound in bounds)
    places = n + 2 * p - k + 1
    slips = {
        "every place": f * c * k * k,
        "first position": f * c * k * k * (places - 1) ** 2,
        "padding at both ends": f * c * k * k * (places - p) ** 2,
        "full depth": f * k * k * places**2,
        "many filters": c * k * k * places**2,
    }
    text = (
        f"A picture {n} x {n} with {c} channels, {f} filters {k} x {k}, stride 1, padding {p}, no"
        " bias."
    )
    return Question(f"{text} Multiply-adds of the layer?", f * c * k * k * places**2, slips)


def exercises(key: Key, student: str) -> list[Number]:
    """The questions as the grader judges them, with their answers."""
    made = zip(TITLES, questions(key, student))
    return [_exercise(place, title, question) for place, (title, question) in enumerate(made, 1)]


def _exercise(place, title, question) -> Number:
    wrong = {rule: (value, RULES[rule]) for rule, value in question.slips.items()}
    return Number(
        f"{NUMBER}.{place}", title, question.answer, wrong=wrong, difficulty=2, minutes=3
    )


def outline() -> list[Asked]:
    """As submissions/outline.py says it of a solved notebook."""
    places = range(1, len(TITLES) + 1)
    return [Asked(f"{NUMBER}.{n}", f"answer_{n}", f"answer_{n} = ...") for n in places]


def file_name(student: str) -> str:
    return f"{FILE}_{_plain(student)}.ipynb"


def _plain(student: str) -> str:
    """Composed, and with the marks that some scripts write vowels with."""
    text = unicodedata.normalize("NFC", student)
    return "".join(one if _is_plain(one) else "_" for one in text)


def _is_plain(letter: str) -> bool:
    return letter.isalnum() or letter in "_.@-" or unicodedata.category(letter).startswith("M")
