"""Exercises 1.12 to 1.14: what three experiments will show."""

from checker.exercise import Prediction

# 1.12 to 1.14 Predict first

shift_guess = Prediction(
    "1.12",
    "Predict: shifted digits",
    "b",
    "abcd",
    difficulty=2,
    minutes=2,
    hints=[
        "Go through the net from the picture to the scores. Which step knows where things are?"
    ],
)


shuffle_guess = Prediction(
    "1.13",
    "Predict: shuffled pixels",
    "b",
    "abcd",
    difficulty=2,
    minutes=2,
    core=False,
    hints=[
        "Think of a learner who never saw a picture in order. Which of the nets is such a learner"
        " anyway?"
    ],
)


side_guess = Prediction(
    "1.14",
    "Predict: which side?",
    "a",
    "abcd",
    difficulty=2,
    minutes=2,
    core=False,
    hints=["Feed the same digit twice, left and right. What comes out of the pooling?"],
)
