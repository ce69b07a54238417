"""Exercises 3.15 to 3.17: questions to remember."""

from checker.exercise import Choice

# Recall.
scan = Choice(
    "3.15",
    "A scan for a 3-D layer",
    "b",
    difficulty=1,
    minutes=2,
    why={
        "a": (
            "That is what a 2-D layer takes: the 40 slices as channels, all seen at once and in"
            " fixed places."
        ),
        "c": "The channel axis comes before the spatial ones, also in 3-D.",
        "d": "A batch axis and a channel axis are missing: layers want (N, C, D, H, W).",
    },
    because="One gray channel, then depth, height, width.",
    hints=["(N, C, D, H, W): which of the numbers is C?"],
)


wider = Choice(
    "3.16",
    "A wider kernel in 3-D",
    "c",
    difficulty=1,
    minutes=2,
    why={
        "a": "5/3 is the factor in 1-D.",
        "b": "25/9 is the factor in 2-D.",
        "d": "That is 5 to the third. What was it before?",
    },
    because="125 weights against 27.",
    hints=["Count the weights of one kernel before and after."],
)


memory = Choice(
    "3.17",
    "How far back?",
    "b",
    difficulty=2,
    minutes=3,
    core=False,
    why={
        "a": "That is the reach of the last layer alone, without what the layers before it add.",
        "c": (
            "You doubled once too often: the dilations add up to 15, and the present counts as"
            " well."
        ),
        "d": (
            "That is without dilation: four layers of kernel size 2 reach 4 back, 5 with the"
            " present."
        ),
    },
    because="1 + 2 + 4 + 8 = 15 steps back, and the present.",
    hints=["Each layer reaches its dilation further back."],
)
