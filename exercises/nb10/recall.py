"""Exercises 10.17 to 10.20: questions to remember, and a drawing to read."""

from checker.exercise import Choice

# Recall
projections = Choice(
    "10.17",
    "Recall: how many projections?",
    "c",
    difficulty=2,
    minutes=2,
    why={
        "a": "Then all shortcuts would be of option A.",
        "b": (
            "Three stages halve the map. And the first stage? What comes in, and what does a"
            " bottleneck put out?"
        ),
        "d": "Only where the shape changes: the other blocks of a stage put out what they read.",
    },
    because="Three stages halve the map, and in the first stage 64 channels become 256.",
    hints=["How many channels does the first bottleneck read, and how many does it put out?"],
)


plain_depth = Choice(
    "10.18",
    "Recall: the gradient of 56 plain layers",
    "d",
    difficulty=2,
    minutes=1,
    why={
        "a": "Without norms, and from small weights, it did. With them it did not.",
        "b": "Look again at the figure: it changed by a factor of hundreds.",
        "c": "It grows, and two batches do not agree on its direction.",
    },
    because=(
        "There is plenty of gradient. What is lost is the agreement: the next batch points"
        " elsewhere."
    ),
    hints=["Two things were measured, how long the gradient is and whether two batches agree."],
)


clean_path = Choice(
    "10.19",
    "Recall: pre-activation",
    "b",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "The branch has the same two convolutions, two norms and two ReLUs.",
        "c": "Its convolutions are the same.",
        "d": "The norms are still there; they moved into the branch.",
    },
    because=(
        "With nothing after the addition, the last block puts out the first one's input plus all"
        " the changes."
    ),
    hints=["Follow one number along the shortcuts. What happens to it between two additions?"],
)


drawing = Choice(
    "10.20",
    "Read a drawing: which block?",
    "d",
    difficulty=2,
    minutes=3,
    core=False,
    why={
        "a": "There a ReLU stands behind the addition. In the code nothing does.",
        "b": "There the shortcut starts behind the first ReLU. In the code x itself is added.",
        "c": "There a convolution comes first. In the code the norm does.",
    },
    because="Norm and ReLU stand before each convolution, and x is added as it came in.",
    hints=["Where does the arrow that goes past the branch begin, and what comes after the sum?"],
)
