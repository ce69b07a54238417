"""Exercises 12.13 and 12.14: what two experiments will show."""

from checker.exercise import Prediction

# 12.13

few = Prediction(
    "12.13",
    "Five of each digit",
    "c",
    "abcd",
    difficulty=2,
    minutes=2,
    hints=["What has to be learned from the fifty pictures in each of the three ways?"],
)


# 12.14

negative = Prediction(
    "12.14",
    "From 0-4 to 5-9",
    "c",
    "abcd",
    difficulty=2,
    minutes=2,
    core=False,
    hints=["What is the least a net must notice to tell 0, 1, 2, 3 and 4 apart?"],
)
