"""Exercises 1.15 to 1.17: questions to remember."""

from checker.exercise import Choice

# 1.15 to 1.17 Recall

constraints = Choice(
    "1.15",
    "Recall: two constraints",
    "d",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "Fewer outputs make a smaller layer of the same kind. Think of the picture of the"
            " three matrices."
        ),
        "b": "A convolution has biases, one for each filter, and its weights have either sign.",
        "c": "A ReLU is a step of its own, after either layer.",
    },
    because="Zero away from the window is locality; equal along the diagonals is weight sharing.",
)


larger_picture = Choice(
    "1.16",
    "Recall: a larger picture",
    "c",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "The number of windows grows about fourfold. Does each window bring weights of its"
            " own?"
        ),
        "b": "Look at your formula of exercise 1.3: which sizes are in it?",
        "d": "Padding changes how many outputs there are, not how many weights.",
    },
    because=(
        "Each filter has 3 x 5 x 5 weights and a bias, on any picture. A fully connected layer"
        " would grow."
    ),
)


moving = Choice(
    "1.17",
    "Recall: what a move does",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "It is the other way round: which of the two still knows where the digit is?",
        "c": (
            "If a convolution's output stayed the same, its feature maps could not say where"
            " anything is."
        ),
        "d": (
            "So it would be for a fully connected layer. What did the test of exercise 1.8 say of"
            " a convolution?"
        ),
    },
    because="The feature maps move along; the largest value of a map stays what it is.",
)
