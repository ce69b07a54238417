"""What a notebook of a student's own numbers calls: a check that holds no answer.

For every question the notebook carries a salted hash of the right number, and one of the number
that each usual slip gives, so that the card can name the slip. Nobody stumbles upon an answer. But
answers are small numbers: who tries all of them finds it, so no grade comes from here.
"""

import hashlib

from IPython.display import display

from checker import notebook as course
from checker.card import Card
from checker.comparison import in_kind
from checker.exercise import Number
from checker.judge import judge
from checker.verdict import State
from utils.drill import RULES as DRILL_RULES

NUMBER = "99"  # such a notebook's, where the others have "00" to "13"
ROUNDS = 20_000  # some hundredths of a second a hash
RULES = DRILL_RULES | {
    "strides before": (
        "A step in a later layer is as many pixels as the strides of all layers before it"
        " multiply to."
    ),
    "its own stride": "A layer's own stride moves the next layer's steps apart, not its own.",
    "growth": "A kernel of k adds k - 1 steps to what is seen, not k.",
    "the pixel itself": "Begin with the one pixel there is without any layer.",
    "every place": "Every filter is laid on every output position, in both directions.",
}


def seal(salt: str, question: str, answer: int) -> str:
    """Sixteen hexadecimal digits from which the answer does not show."""
    return hashlib.pbkdf2_hmac(
        "sha256", str(answer).encode(), f"{salt} {question}".encode(), ROUNDS, 8
    ).hex()


class Sealed(Number):
    """A number known by its seal alone; `slips` maps a rule of RULES to the seal of what breaking
    it gives.
    """

    def __init__(self, id: str, title: str, salt: str, right: str, slips: dict[str, str]):
        wrong = {rule: (sealed, RULES[rule]) for rule, sealed in slips.items()}
        super().__init__(id, title, right, wrong=wrong, difficulty=2, minutes=3)
        self.salt = salt

    def ask(self, attempt):
        """What is sealed already stays as it is; so does what is no whole number."""
        return in_kind(attempt, 0)

    def miss(self, got, wanted):
        if got == wanted or type(got) is int and seal(self.salt, self.id, got) == wanted:
            return None
        return super().miss(got, wanted)


class Own:
    """The questions of one student: `seals` maps an id to its title, the seal of the answer and
    those of the slips.
    """

    def __init__(self, salt: str, seals: dict[str, tuple[str, str, dict[str, str]]]):
        self.exercises = {
            id: Sealed(id, title, salt, *sealed) for id, (title, *sealed) in seals.items()
        }

    def check(self, id: str, attempt):
        """Judge an answer, show the card and give the answer back.

        Under a grader, raises for anything but a pass.
        """
        verdict = judge(self.exercises[id], attempt)
        display(OwnCard(verdict))
        if verdict.state != State.PASSED:
            course.raise_if_grading(verdict)
        return attempt


class OwnCard(Card):
    """Without the sentence on how the notebook goes on: nothing here depends on an answer."""

    def _onward(self):
        return []
