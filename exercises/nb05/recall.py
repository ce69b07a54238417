"""Exercises 5.18 to 5.20: questions to remember."""

from checker.exercise import Choice

useless_bias = Choice(
    "5.18",
    "The bias before batch norm",
    "c",
    difficulty=2,
    minutes=2,
    why={
        "a": (
            "Try it: add 5 to every output of the convolution. What does subtracting the mean do"
            " to that?"
        ),
        "b": (
            "Both shift a channel. But the one before batch norm is subtracted again with the"
            " mean."
        ),
        "d": "The variance does not see a constant that is added to all values.",
    },
    because=(
        "It goes with the mean and gets no gradient; beta does its work. Hence `bias=False` before"
        " batch norm."
    ),
    hints=["Add a constant to a whole channel and follow it through the formula."],
)


which_norm = Choice(
    "5.19",
    "Two pictures at a time",
    "d",
    difficulty=2,
    minutes=2,
    why={
        "a": (
            "That helps the running averages, used in evaluation. Training still normalizes with"
            " two pictures."
        ),
        "b": "A smaller rate makes smaller steps with the same noise in every mean and variance.",
        "c": (
            "Eps guards against division by zero. The noise of two pictures is not a small number."
        ),
    },
    because="Group norm never looks at another picture, so the batch size does not matter to it.",
    hints=["Which reduction leaves the batch axis alone?"],
)


double_weights = Choice(
    "5.20",
    "Twice the weights",
    "b",
    difficulty=3,
    minutes=3,
    core=False,
    why={
        "a": (
            "Mean and standard deviation of the convolution's output double too. What is left"
            " after the division?"
        ),
        "c": "Halving would need a division by more than the doubled standard deviation.",
        "d": (
            "The bias is not the reason: the scale of the weights cancels in the division, with or"
            " without a bias."
        ),
    },
    because=(
        "The scale cancels (up to eps). That is why nets with batch norm bear a badly scaled"
        " start."
    ),
    hints=["Put 2y for y in `(y - mean) / std`."],
)
