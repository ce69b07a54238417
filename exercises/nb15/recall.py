"""Exercises 15.15 to 15.17: what stayed of notebook 15."""

from checker.exercise import Choice

ends = Choice(
    "15.15",
    "Recall: behind a block",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "Those are the new maps only. What came in is passed on beside them.",
        "c": "That would be so with addition, which keeps the number of maps.",
        "d": "A layer adds as many maps as the growth rate, however many there are.",
    },
    because="64 maps came in, and each of 6 layers adds 32.",
    hints=["Add up: what came in, and what each layer adds."],
)

cardinal = Choice(
    "15.16",
    "Recall: cardinality",
    "c",
    difficulty=1,
    minutes=1,
    core=False,
    why={
        "a": "That is the width.",
        "b": "That is the depth.",
        "d": "That is the growth rate of a dense block.",
    },
    because="32x4d: 32 groups, each 4 maps wide in the first stage.",
    hints=["In a convolution it is called `groups`."],
)

cheap = Choice(
    "15.17",
    "Recall: where the work is",
    "d",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "A 3x3 on one map at a time costs nine multiply-adds a number.",
        "b": "A norm has no products to count.",
        "c": "It works on one pixel.",
    },
    because="A depthwise 3x3 costs little. The 1x1 layers mix the channels: most of the work.",
    hints=["How many numbers does each layer read for each number it puts out?"],
)
