"""Exercises 13.9 to 13.11: questions to remember."""

from checker.exercise import Choice

# Recall
fair = Choice(
    "13.9",
    "Recall: a fair winner",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "One run each: luck of a seed can be larger than 0.3 points.",
        "c": (
            "The best of five runs is luck, and here one net had five chances and the other three."
        ),
        "d": "Families it has learned from say nothing about new ones.",
    },
    because=(
        "Means over seeds, with errors that are small against the difference, on families nobody"
        " learned from."
    ),
    hints=["What would change if you ran it again?"],
)


on_front = Choice(
    "13.10",
    "Recall: on the front",
    "d",
    difficulty=1,
    minutes=1,
    core=False,
    why={
        "a": "There can be a more accurate one; it only has to cost more.",
        "b": "There can be a cheaper one; it only has to be worse.",
        "c": "The front says nothing about how *much* better. It can be little, for a high cost.",
    },
    because=(
        "An entry that is more accurate and costs no more would beat yours. Nobody beats yours."
    ),
    hints=["What does an entry that beats it have to be?"],
)


by_family = Choice(
    "13.11",
    "Recall: split by family",
    "a",
    difficulty=2,
    minutes=1,
    why={
        "b": "Every class is in both parts either way.",
        "c": "Both parts can be of any size, either way.",
        "d": (
            "It makes the test harder, which is why the score is lower. That is not the aim: the"
            " aim is a true one."
        ),
    },
    because=(
        "Characters of one family share stroke, slant and serifs. A net that has seen its E knows"
        " half of its F."
    ),
    hints=["What do the characters of one family have in common?"],
)
