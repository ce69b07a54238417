"""Of a count that is off: which arguments change nothing in how far."""

import itertools
from collections.abc import Callable

TIMES = 2  # calls made anew for one argument

Off = Callable[[int, dict[str, object]], float | None]


def independent(tried: list[tuple[dict[str, object], float]], off: Off) -> str | None:
    """The arguments of these failing calls that can be others, and the count is as far off.

    Each call comes with how far it is off; `off(place, others)` makes it once more with some
    arguments changed, and says how far it is off then, None where that is no call.
    """
    idle = {name: _is_idle(name, tried, off) for name in tried[0][0]}
    names = [f"`{name}`" for name, same in idle.items() if same]
    if not names or False not in idle.values():
        return None
    *others, last = names
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"On the calls tried, how far it is off does not change with {listed}."


def _is_idle(name: str, tried, off: Off) -> bool | None:
    """None where too few calls can be made to tell."""
    changes = [
        (place, {name: other[name]}, far)
        for (place, (own, far)), (other, _) in itertools.product(enumerate(tried), tried)
        if other[name] != own[name]
    ]
    if len(changes) < TIMES:
        return None
    for place, others, far in changes[:TIMES]:
        now = off(place, others)
        if now != far:
            return None if now is None else False
    return True
