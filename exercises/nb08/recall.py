"""Exercises 8.14 to 8.16: questions to remember."""

from checker.exercise import Choice

# Recall
why_small = Choice(
    "8.14",
    "Recall: why 3 x 3",
    "d",
    difficulty=1,
    minutes=1,
    why={
        "a": "That is one gain: 27 C² weights against 49 C².",
        "b": "That is one gain: three ReLU where the single layer has one.",
        "c": "That is right: both see 7 x 7 pixels. The question is what is not true.",
    },
    because=(
        "Each layer puts out a map of its own, and training keeps all three: three times the"
        " memory of one."
    ),
)


split_layer = Choice(
    "8.15",
    "Recall: two GPUs",
    "b",
    difficulty=1,
    minutes=1,
    core=False,
    why={
        "a": "That is so in conv3, where the GPUs talk to each other.",
        "c": "Half of the filters are on each GPU, but the question is what one of them reads.",
        "d": "One map for each filter would be 384 groups.",
    },
    because="It reads the maps on its own GPU. Half the weights, half the multiply-adds.",
)


forgotten_eval = Choice(
    "8.16",
    "Recall: dropout in use",
    "c",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "Nothing is scaled wrongly: in training mode the kept numbers are doubled, and the"
            " mean is right."
        ),
        "b": "Dropout has nothing to store. It draws anew at each call.",
        "d": "Nothing warns you. That is why the slip lives long.",
    },
    because="Each call draws other zeros. Call `eval()` before you use a net.",
)
