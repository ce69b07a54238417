"""A question with letters is asked again with its options in another order: what is to be
remembered is the option, and not its letter.
"""

import random

from checker.exercise import Choice


def asked_again(
    exercise: Choice, asks: str, options: dict[str, str], rng: random.Random
) -> tuple[str, Choice]:
    """What is asked, with the options below it, and the choice that judges the answer."""
    order = rng.sample(exercise.letters, len(exercise.letters))
    new = dict(zip(order, exercise.letters))
    why = {new[mistake.name]: mistake.sentence for mistake in exercise.mistakes}
    lines = [asks, *(f"{letter}) {options[old]}" for old, letter in new.items())]
    judge = Choice(
        exercise.id,
        exercise.title,
        new[exercise.answer],
        why=why,
        because=exercise.because,
        difficulty=1,
        minutes=1,
    )
    return "\n".join(lines), judge
