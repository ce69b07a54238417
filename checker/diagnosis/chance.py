"""Whether the same call gives the same result, as with ours."""

from checker import sandbox

TIMES = 3  # calls; of two, some results agree by luck


def differs(exercise, attempt, case, deadline) -> str | None:
    """A sentence where the same call, made again, gives something else."""
    if exercise.probed or any(
        _moves(exercise, right, case, deadline) for right in _ours(exercise)
    ):
        return None
    if not _moves(exercise, attempt, case, deadline):
        return None
    return (
        "The same call, made again, gives another result. Is it drawn by chance, or is something"
        " kept from the call before?"
    )


def _ours(exercise):
    return (exercise.answer, *exercise.alternatives[:1])


def _moves(exercise, answer, case, deadline) -> bool:
    """Several calls one after the other, with no seed set in between."""

    def again(*args, **kwargs):
        return [answer(*sandbox.copies(args), **sandbox.copies(kwargs)) for _ in range(TIMES)]

    outcome = sandbox.run(again, case.args, case.kwargs, deadline)
    results = outcome.value if outcome.error is None else [0]
    return any(not exercise.same(one, results[0]) for one in results)
