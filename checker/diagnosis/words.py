"""Results that are one of a few words or truth values: which of them are not told, and which came
back that is never asked for; and results that are one and the same on every call.
"""

LEAST = 2  # calls of either kind, for more than chance
MOST = 2  # words in a sentence
SAME = 3  # calls with one and the same result
PLAIN = (bool, str)
NUMBERS = (int, float)

Results = list[
    tuple[object, object, bool]
]  # what came back, what was expected, whether it is right


def where_wrong(results: Results) -> str | None:
    """For which words it is wrong, where it is wrong for these and always."""
    if not all(type(wanted) in PLAIN for _, wanted, _ in results):
        return None
    wrong = [wanted for _, wanted, right in results if not right]
    right = [wanted for _, wanted, right in results if right]
    words = list(dict.fromkeys(wrong))
    if min(len(wrong), len(right)) < LEAST or {*words} & {*right} or len(words) > MOST:
        return None
    named = " or ".join(map(repr, words))
    where = f"Wrong in all {len(wrong)} calls where {named} is expected"
    return f"{where}, right in all {len(right)} others."


def never_asked_for(results: Results) -> str | None:
    """A text that is no right answer to any of the calls."""
    wanted = {wanted for _, wanted, _ in results if type(wanted) is str}
    given = dict.fromkeys(got for got, _, right in results if not right and type(got) is str)
    strange = [got for got in given if got not in wanted]
    if not wanted or not strange or len(strange) > MOST:
        return None
    named = " and ".join(map(repr, strange))
    return f"{named} {'is' if len(strange) == 1 else 'are'} expected on none of the calls."


def always(results: Results) -> str | None:
    """One and the same result, whatever is expected."""
    given = [got for got, _, _ in results]
    kinds = {type(got) for got in given}
    if len(given) < SAME or not kinds <= {*PLAIN, *NUMBERS} or len({*given}) > 1:
        return None
    if len({repr(wanted) for _, wanted, _ in results}) < LEAST:
        return None
    return f"What came back is {given[0]!r} on every call."
