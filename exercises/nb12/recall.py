"""Exercises 12.15 to 12.17: questions to remember."""

from checker.exercise import Choice

# 12.15

lower_rate = Choice(
    "12.15",
    "Recall: why two rates",
    "a",
    difficulty=1,
    minutes=1,
    why={
        "b": "A step takes as long at any rate.",
        "c": "Both may be changed by as much as you like. The question is what is lost by it.",
        "d": "The optimizer takes any rates. It does not check them.",
    },
    because=(
        "The fresh head sends large, random gradients at first. A body that follows them forgets"
        " what it knew."
    ),
    hints=["Which of the two knows something already?"],
)


# 12.16

recipe = Choice(
    "12.16",
    "Recall: a thousand pictures",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "A thousand pictures are few for millions of weights that start at random.",
        "c": "Its head tells the thousand classes of ImageNet apart. Screws are not among them.",
        "d": (
            "Your classes are not among the thousand. But what the layers before the last one"
            " notice still helps."
        ),
    },
    because=(
        "New head first, body frozen: it costs minutes, and is what everything else must beat."
    ),
    hints=["Which way costs least, and tells how far the others have to get?"],
)


# 12.17

prediction = Choice(
    "12.17",
    "Recall: what does not stay",
    "d",
    difficulty=2,
    minutes=1,
    why={
        "a": "Weights change by gradients, and theirs are switched off.",
        "b": "Biases are parameters like others: no gradient, no change.",
        "c": "Scale and shift are parameters, frozen with the rest.",
    },
    because=(
        "Running means and variances are buffers. They follow the batches in training mode,"
        " gradient or not."
    ),
    hints=["Which numbers in a net are changed by the forward pass?"],
)
