"""The one place where the checker meets the exercises, at the call."""


def find(id: str):
    """The exercise with an id such as "2.4".

    Raises LookupError, with the ids there are, when there is none.
    """
    return _exercises().find(id)


def number(id: str) -> str:
    """The number of an exercise's notebook, "02"."""
    return id.partition(".")[0].zfill(2)


def file(number: str) -> str:
    """The name of a notebook's file, without its ending."""
    return _exercises().NOTEBOOKS[number].file


def numbers() -> list[str]:
    """The numbers of all notebooks, in order."""
    return list(_exercises().NOTEBOOKS)


def of(number: str) -> list:
    """The exercises of one notebook, in order."""
    return list(_exercises().of(number).values())


def choice(id: str) -> list | None:
    """What a question with letters asks, and its options; None where it does not stand alone."""
    return _exercises().CHOICES.get(id)


def course() -> dict:
    """The notebooks by number, each with its exercises by id: {"02": (Notebook, {"2.1": ...})}."""
    exercises = _exercises()
    return {
        number: (notebook, exercises.of(number))
        for number, notebook in exercises.NOTEBOOKS.items()
    }


def _exercises():
    import exercises

    return exercises
