"""Exercises 1.12 to 1.14: what three experiments will show."""

from checker.exercise import Choice

# 1.12 to 1.14 Predict first

shift_guess = Choice(
    "1.12",
    "Predict: shifted digits",
    "b",
    difficulty=2,
    minutes=2,
    why={
        "a": (
            "Its convolutions move their features along with the digit. But what reads those"
            " features at the end?"
        ),
        "c": (
            "That would be a net that learned each pixel by heart. Its features do move along with"
            " the digit."
        ),
        "d": "Training on centered digits gave its last layer no reason to like moved ones.",
    },
    because=(
        "The features move with the digit, but the last layer is fully connected and expects them"
        " in the middle."
    ),
    hints=[
        "Go through the net from the picture to the scores. Which step knows where things are?"
    ],
)


shuffle_guess = Choice(
    "1.13",
    "Predict: shuffled pixels",
    "b",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "a": (
            "Not the fully connected net: to it, the order of the 196 inputs is a matter of"
            " naming."
        ),
        "c": "It is the other way round. Which of the two relies on neighbors being neighbors?",
        "d": (
            "No pixel is lost. But one of the nets looks through windows: what does it see there"
            " now?"
        ),
    },
    because=(
        "Shuffling renames the inputs of the first net, and tears apart what the windows of the"
        " second look for."
    ),
    hints=[
        "Think of a learner who never saw a picture in order. Which of the nets is such a learner"
        " anyway?"
    ],
)


side_guess = Choice(
    "1.14",
    "Predict: which side?",
    "a",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "b": (
            "Three in four would mean that it sees the side at times. Does anything after the"
            " pooling depend on it?"
        ),
        "c": "Its feature maps do know the side. But what of them does the pooling hand on?",
        "d": (
            "Always wrong would be knowledge too: turn every answer round, and it is always right."
        ),
    },
    because=(
        "The strongest answer of each filter is the same on both sides, so the net can only guess."
    ),
    hints=["Feed the same digit twice, left and right. What comes out of the pooling?"],
)
