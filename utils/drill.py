"""Shape questions without end: every seed makes five, with their answers and the usual slips."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from utils.shapes import output_size

RULES = {
    "first position": "Count positions, not the steps between them: the first position counts"
    " too.",
    "padding at both ends": "Padding is added at both ends of an axis.",
    "stride": "That is without the stride.",
    "hanging window": "A window that hangs over the edge is not counted: round down.",
    "window of a dilated kernel": "With dilation d a kernel of k covers d (k - 1) + 1 pixels.",
    "height and width": "That is the other of height and width.",
    "pooling": "Pooling comes after the convolution and divides once more.",
    "gaps": "A kernel of k has k - 1 gaps between its pixels, not k.",
    "half the growth": "Padding has to make up for k - 1 pixels (dilation spreads them), half of"
    " them at each end.",
    "bias": "Every filter has one bias.",
    "full depth": "A filter is as deep as its input: it has weights for every input channel.",
    "many filters": "Every filter has weights of its own.",
    "batch": "All pictures of a batch share the same weights.",
}


@dataclass(frozen=True)
class Question:
    """One question; `slips` maps each rule a learner may break to the number that gives."""

    text: str
    answer: int
    slips: dict[str, int]

    def clear(self) -> bool:
        """Whether every slip gives a number of its own, which tells the rule that was broken."""
        numbers = [self.answer, *self.slips.values()]
        return len(set(numbers)) == len(numbers) and min(numbers) > 0


class Drill:
    """The five questions of a seed. Prints as a list to answer."""

    def __init__(self, seed: int):
        rng = random.Random(f"drill {int(seed)}")
        self.seed = int(seed)
        makers = (_height, _width, _pooled, _same, _weights)
        self.questions = [_clear(make, rng) for make in makers]

    @property
    def answers(self) -> tuple[int, ...]:
        return tuple(question.answer for question in self.questions)

    def __repr__(self):
        lines = [f"{place}. {question.text}" for place, question in enumerate(self.questions, 1)]
        return "\n".join([f"Drill {self.seed}", *lines])


def _clear(make: Callable[[random.Random], Question], rng: random.Random) -> Question:
    """The first question whose slips can be told apart."""
    return next(question for question in iter(lambda: make(rng), None) if question.clear())


def _height(rng) -> Question:
    h, w, k = rng.randint(17, 99), rng.randint(17, 99), rng.randint(7, 11)
    s, p = rng.randint(2, 3), rng.randint(3, 6)
    answer = output_size(h, k, s, p)
    slips = {"first position": answer - 1, "padding at both ends": (h + p - k) // s + 1}
    slips |= {"stride": h + 2 * p - k + 1, "hanging window": -(-(h + 2 * p - k) // s) + 1}
    slips |= {"height and width": output_size(w, k, s, p)}
    text = f"Pictures {h} x {w}, kernel {k}, stride {s}, padding {p}. Output height?"
    return Question(text, answer, slips)


def _width(rng) -> Question:
    h, w, k, d = rng.randint(25, 99), rng.randint(25, 99), rng.randint(3, 6), rng.randint(2, 4)
    answer = output_size(w, k, dilation=d)
    slips = {"window of a dilated kernel": w - d * k + 1, "first position": answer - 1}
    slips |= {"height and width": output_size(h, k, dilation=d)}
    return Question(f"Pictures {h} x {w}, kernel {k}, dilation {d}. Output width?", answer, slips)


def _pooled(rng) -> Question:
    n, k, s, p = rng.randint(40, 120), rng.randint(3, 7), rng.randint(2, 3), rng.randint(1, 3)
    places = output_size(n, k, s, p)
    slips = {"pooling": places, "hanging window": -(-(-(-(n + 2 * p - k) // s) + 1) // 2)}
    slips |= {"padding at both ends": ((n + p - k) // s + 1) // 2}
    layers = f"kernel {k}, stride {s}, padding {p}, then pooling 2 x 2 with stride 2"
    return Question(f"Pictures {n} x {n}, {layers}. Output height?", places // 2, slips)


def _same(rng) -> Question:
    k, d = rng.choice([3, 5, 7, 9]), rng.randint(2, 6)
    slips = {"half the growth": d * (k - 1), "window of a dilated kernel": (k - 1) // 2}
    slips |= {"gaps": d * k // 2}
    text = f"Kernel {k}, dilation {d}, stride 1. Which padding keeps the size?"
    return Question(text, d * (k - 1) // 2, slips)


def _weights(rng) -> Question:
    n, c, f, k = rng.randint(2, 9), rng.randint(2, 24), rng.randint(2, 32), rng.randint(2, 5)
    answer = f * (c * k * k + 1)
    slips = {"bias": f * c * k * k, "full depth": f * (k * k + 1), "many filters": c * k * k + 1}
    slips |= {"batch": n * answer}
    layer = f"{n} pictures with {c} channels, {f} filters {k} x {k}, each with a bias."
    return Question(f"{layer} Parameters of the layer?", answer, slips)
