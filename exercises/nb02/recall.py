"""Exercises 2.27 to 2.29: questions to remember."""

from checker.exercise import Choice

# 2.27, 2.28, 2.29

doubling = Choice(
    "2.27",
    "Recall: what it costs",
    "c",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "That would be so if one thing were doubled. Height, width, input channels and filters"
            " all were."
        ),
        "b": "Height and width alone make 4. The channels were doubled as well, on both sides.",
        "d": "That would be so if the kernel grew to 6 x 6 as well. It stays 3 x 3.",
    },
    because="2 for the height, 2 for the width, 2 for each window's depth, 2 for the filters.",
    hints=["Write the product of 2.20 and double each factor that is doubled."],
)


stacking = Choice(
    "2.28",
    "Recall: two layers in a row",
    "d",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "Depth alone adds nothing here: 2.18 writes the two layers as one.",
        "b": "Two kernels of 3 reach 2 + 2 + 1 = 5 pixels, not 6.",
        "c": (
            "They see the same 5 x 5 pixels, but not every 5 x 5 kernel is made of two 3 x 3:"
            " count the weights."
        ),
    },
    because=(
        "Without a nonlinearity in between, the pair is one 5 x 5 layer, and a restricted one."
    ),
    hints=["18 weights cannot make every kernel of 25."],
)


going_back = Choice(
    "2.29",
    "Recall: the way back",
    "b",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "That would be so if each pixel were read by one window only. Windows overlap.",
        "c": "The layer before needs it: without the gradient of its output it could not learn.",
        "d": "Backward there is no mean: every use of a pixel adds to its gradient.",
    },
    because="What was read often forward is added up often backward.",
    hints=["How many 3 x 3 windows of stride 1 contain one pixel in the middle of a picture?"],
)
