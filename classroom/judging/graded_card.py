"""A check's card as a student gets it back: nothing goes on, and the time to do it is over."""

from checker.card import Card
from checker.verdict import State


class GradedCard(Card):
    """Without how the notebook goes on, and without minutes where there is no answer."""

    def _lines(self, own):
        if self.verdict.state != State.TO_DO:
            return super()._lines(own)
        exercise, found = self.verdict.exercise, self.verdict.found
        said = [] if found == f"about {exercise.minutes} min" else [own(found)]
        return [f"No answer · {exercise.id} {exercise.title}", *said]

    def _onward(self):
        return []
