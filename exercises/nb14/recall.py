"""Exercises 14.14 to 14.16: what stayed of notebook 14."""

from checker.exercise import Choice

same_step = Choice(
    "14.14",
    "Recall: L2 and decay",
    "a",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "b": "Adam divides the gradient, and an L2 term is part of it.",
        "c": "They are the same for the plainest step of all.",
        "d": "The velocity keeps the L2 term for later steps. A decay acts in its own step only.",
    },
    because="Without momentum and division, both take the share `lr` * coefficient off w.",
    hints=["Write the two steps down, one under the other."],
)

behind = Choice(
    "14.15",
    "Recall: weights in front of a norm",
    "d",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "Batch norm divides by the spread: a factor in front of it is gone.",
        "b": "A factor does not change a direction.",
        "c": "It does something: the same step turns smaller weights further.",
    },
    because=(
        "Decay makes the weights shorter, and the norm undoes that. But the same step turns a"
        " short vector further than a long one."
    ),
    hints=["What does batch norm do to a factor? And what does a step do to a short vector?"],
)

order = Choice(
    "14.16",
    "Recall: where dropout stands",
    "b",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "The norm behind it keeps the variance of training, and meets another in use.",
        "c": "It learns its running statistics from what dropout makes of the numbers.",
        "d": "Dropped pixels reach every norm of the net.",
    },
    because="No norm comes after it, so no norm keeps a running variance that is wrong in use.",
    hints=["Which norm keeps a running variance of numbers that were dropped?"],
)
