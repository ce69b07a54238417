"""Exercises 9.13 to 9.16: questions to remember, and a drawing to read."""

from checker.exercise import Choice

# Recall
small_net = Choice(
    "9.13",
    "Recall: why so few parameters?",
    "c",
    difficulty=1,
    minutes=1,
    why={
        "a": "GoogLeNet has 22 layers with weights, AlexNet 8.",
        "b": "The branches share no weights; each has its own.",
        "d": "Both were trained on the same 1,000 classes.",
    },
    because=(
        "AlexNet keeps 58.6 million of its 61 in three linear layers. Averaging needs none, and"
        " one layer is left."
    ),
    hints=["Where did AlexNet keep its parameters?"],
)


apart = Choice(
    "9.14",
    "Recall: 7x7 taken apart",
    "b",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "Each of the two has 7 weights for each pair of channels. There are two layers.",
        "c": "A pair of channels had 7 x 7 = 49 weights. Count those of the two layers.",
        "d": (
            "It is not the same function, and it is cheaper: 49 weights for each pair of channels"
            " become 7 + 7."
        ),
    },
    because=(
        "49 weights for each pair of channels become 7 + 7 = 14. Together they still see 7 x 7"
        " pixels."
    ),
    hints=["Count the weights that lead from one channel to another."],
)


at_test = Choice(
    "9.15",
    "Recall: the side heads",
    "d",
    difficulty=1,
    minutes=1,
    core=False,
    why={
        "a": "They are weighted by 0.3 in the loss. Their predictions are not used.",
        "b": "They are there for the training only.",
        "c": "Nobody looks at them at prediction, so they are not even computed.",
    },
    because=(
        "They add to the gradient halfway down, in training. In evaluation mode the net returns"
        " one output."
    ),
    hints=["What did your loss do with a single tensor?"],
)


drawing = Choice(
    "9.16",
    "Read a drawing: which module?",
    "a",
    difficulty=2,
    minutes=3,
    why={
        "b": "There the pooling comes first, and the rest of that way reads what it gives.",
        "c": "There a convolution stands behind the pooling. In the code nothing does.",
        "d": "There two branches are added. The code joins all three.",
    },
    because="Three ways from one input, all three joined: 16 + 16 + 32 = 64 channels.",
    hints=["How many arrows leave the input, and how many arrive where the ways meet?"],
)
