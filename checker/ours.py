"""What a notebook goes on with after a failed check, so that it is known again whatever its type.

Python keeps one object for a small number or a letter: ours would be the learner's. So those two
are handed on as a subclass, which counts and prints as they do. Everything else is known by
identity.
"""


class OurInt(int):
    """An answer of ours that is a number."""


class OurStr(str):
    """An answer of ours that is a letter."""


SHARED = {int: OurInt, str: OurStr}


def marked(answer):
    """The answer as it is handed on. Raises TypeError for one that nobody could know again."""
    if answer is None or isinstance(answer, bool):
        raise TypeError(
            f"The answer {answer} cannot be told from a learner's: there is only one {answer}."
            " Ask for a number, or make it a Choice."
        )
    return SHARED.get(type(answer), lambda same: same)(answer)
