"""Exercises 6.13 to 6.15: questions to remember."""

from checker.exercise import Choice

# Recall
recall_zeros = Choice(
    "6.13",
    "Zeros",
    "c",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "Zero biases with random weights are the usual choice. It is the weights that must"
            " differ."
        ),
        "b": "Equal weights that are not zero do learn: as a net of one unit a layer.",
        "d": "Size is not the point: 0.5 everywhere keeps the units as equal as 0 does.",
    },
    because="Random weights make the units differ; a bias of 0 changes nothing about that.",
    hints=["What tells two units of a layer apart?"],
)


recall_fan = Choice(
    "6.14",
    "A convolution",
    "b",
    difficulty=1,
    minutes=2,
    why={
        "a": "That counts 64 channels. One output pixel reads a window of 9 pixels in each.",
        "c": "That is the variance. A standard deviation is its root.",
        "d": "That takes the fan-out, 128 x 9. Forward, the sum has 64 x 9 terms.",
    },
    because="The fan-in is 64 x 9 = 576.",
    hints=["How many products are summed up for one output pixel?"],
)


recall_diagnosis = Choice(
    "6.15",
    "Read the row",
    "d",
    difficulty=3,
    minutes=2,
    why={
        "a": "With 2/n the row would be flat.",
        "b": "With 1/n each layer multiplies by 0.71, not by a half.",
        "c": "A quarter is what happens to the mean square. ReLU already takes a half of that.",
    },
    because=(
        "The mean square falls to a quarter: a half by ReLU, so the other half by `n * Var(w) ="
        " 1/2`."
    ),
    hints=["By what factor does the mean square fall? Which part of that is ReLU's?"],
)
