"""Of a count that is off: which arguments change nothing in how far."""

from collections.abc import Callable

LEAST, MOST = 2, 6  # calls made anew for one argument, from as many failing calls as there are

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
        for place, (own, far) in enumerate(tried)
        if (other := _another(name, own, tried))
    ]
    if len(changes) < LEAST:
        return None
    for place, others, far in changes[:MOST]:
        now = off(place, others)
        if now != far:
            return None if now is None else False
    return True


def _another(name: str, own, tried) -> dict[str, object] | None:
    """A call with another value of this argument."""
    return next((other for other, _ in tried if other[name] != own[name]), None)
