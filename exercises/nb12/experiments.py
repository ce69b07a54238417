"""Exercises 12.13 and 12.14: what two experiments will show."""

from checker.exercise import Choice

# 12.13

few = Choice(
    "12.13",
    "Five of each digit",
    "c",
    difficulty=2,
    minutes=2,
    why={
        "a": ("Fifty pictures are few for 78,000 weights that start at random."),
        "b": (
            "What the net learned from printed letters it does not have to learn again. That is"
            " worth a lot here."
        ),
        "d": (
            "Both start from the same features. With fifty pictures tuning adds little to them."
        ),
    },
    because=(
        "Frozen and tuned both start from features that tell strokes apart. Scratch has to learn"
        " such features from fifty pictures."
    ),
    hints=["What has to be learned from the fifty pictures in each of the three ways?"],
)


# 12.14

negative = Choice(
    "12.14",
    "From 0-4 to 5-9",
    "c",
    difficulty=2,
    minutes=2,
    core=False,
    why={
        "a": (
            "The net was asked to tell five digits apart, and was free to drop whatever does not"
            " serve that."
        ),
        "b": ("To tell 62 characters apart a net has to notice much more than for five digits."),
        "d": (
            "That is often so. Here the features lack what the new classes need, at both sizes."
        ),
    },
    because=(
        "The net learned only what tells 0, 1, 2, 3 and 4 apart. What tells 5 from 6 may not be"
        " among it."
    ),
    hints=["What is the least a net must notice to tell 0, 1, 2, 3 and 4 apart?"],
)
