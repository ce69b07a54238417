"""Exercises 4.13 to 4.15: questions to remember."""

from checker.exercise import Choice

# Recall
twice_as_wide = Choice(
    "4.13",
    "Twice as wide",
    "d",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "The linear layer meets one number a channel, and there are as many channels as"
            " before."
        ),
        "b": "Its weights belong to channels, not to places: there are as many as before.",
        "c": "A sum would double. The average of twice as many places has the same size.",
    },
    because="One average a channel, whatever the size: that is why such a net takes any picture.",
    hints=["How many numbers a picture reach the linear layer?"],
)


why_blur = Choice(
    "4.14",
    "Why blur first",
    "c",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": "You saw it fall short of 100 %: steadier, not exactly invariant.",
        "b": "Its weights are fixed: nothing is learned.",
        "d": "It blurs every channel alone.",
    },
    because=(
        "Detail too fine for the coarser grid would otherwise come out differently with every"
        " shift."
    ),
    hints=["Think of the stripes 0 0 1 1 0 0 1 1, seen every second pixel."],
)


hardly_used = Choice(
    "4.15",
    "Hardly used?",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": (
            "Many nets since then downsample inside by strided convolutions. Look at the very end"
            " of them."
        ),
        "c": "VGG pools after every block of convolutions; later nets mostly do not.",
        "d": "It is the other way round: it was generative nets that gave pooling up, in 2015.",
    },
    because=(
        "Inside, strides often took its place. At the end, many classifiers average over all"
        " places."
    ),
    hints=["What stands between the last convolution and the linear layer of a ResNet?"],
)
