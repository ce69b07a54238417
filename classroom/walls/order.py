"""In which order the cases of an exercise are tried: another for every seed, so that an answer by
the number of the call, which never looks at what it is given, is wrong.
"""

import numpy as np


def places(seed: int, count: int) -> list[int]:
    """The places of `count` cases in the order in which they are tried."""
    return np.random.default_rng([seed, count]).permutation(count).tolist()


def shuffled(cases: list, seed: int) -> list:
    return [cases[place] for place in places(seed, len(cases))]


def restored(outcomes: list, instead: list, seed: int) -> list:
    """What was shuffled, in order again; for what is missing stands what is there `instead`."""
    found = dict(zip(places(seed, len(instead)), outcomes))
    return [found.get(place, other) for place, other in enumerate(instead)]
