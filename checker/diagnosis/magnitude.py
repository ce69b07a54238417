"""How a wrong number lies to the right one, without telling the right one."""

import math

STEPS = {  # how many times too large or too small, at most -> in words
    1.02: "by less than 2 %",
    1.1: "by less than a tenth",
    2.0: "by less than a factor of 2",
    10.0: "by a factor between 2 and 10",
    math.inf: "by more than a factor of 10",
}
LARGEST = 10**15  # beyond, a float doesn't hold every whole number


def compared(got, wanted) -> str | None:
    """One sentence; None for what is no number, or none that can be compared."""
    if not all(type(value) in (int, float) and _is_plain(value) for value in (got, wanted)):
        return None
    if got == -wanted:
        return "But for its sign it is right."
    return _multiple(got, wanted) or _size(got, wanted)


def _is_plain(value) -> bool:
    return 0 < abs(value) < LARGEST  # so neither nan nor infinity


def _multiple(got, wanted) -> str | None:
    """For whole numbers: whether one is a multiple of the other."""
    if not (float(got).is_integer() and float(wanted).is_integer()) or min(got, wanted) < 2:
        return None
    if got % wanted == 0:
        return "It is a multiple of the right number. Perhaps a factor is too many."
    if wanted % got == 0:
        return "The right number is a multiple of it. Perhaps a factor is missing."
    return None


def _size(got, wanted) -> str:
    if got * wanted < 0:
        return f"It should be {'negative' if wanted < 0 else 'positive'}."
    ratio = abs(got / wanted)
    words = next(words for most, words in STEPS.items() if max(ratio, 1 / ratio) <= most)
    return f"It is too {'large' if got > wanted else 'small'}, {words}."
