"""Exercises 7.17 to 7.20: questions to remember, and a drawing to read."""

from checker.exercise import Choice

which = Choice(
    "7.17",
    "Which is which",
    "b",
    difficulty=1,
    minutes=2,
    why={
        "a": "20 and 50 filters and padding belong to the teaching variant, which is later.",
        "c": "ReLU and max pooling, full connections and 61,706 parameters make the modern form.",
        "d": (
            "The net of 1989 is an ancestor: it read zip codes, with 9,760 parameters, and is not"
            " called LeNet-5."
        ),
    },
    because=(
        "6 and 16 maps, no padding, a table of connections, tanh, pooling with weights: 60,000"
        " parameters."
    ),
    hints=["Count the maps of the first layer."],
)


curves = Choice(
    "7.18",
    "Read the curves",
    "d",
    difficulty=2,
    minutes=2,
    why={
        "a": "A rate that is too large makes the training loss jump or rise.",
        "b": "The training loss falls, so the gradients arrive.",
        "c": "More epochs are what brought it here: the loss on new pictures rises.",
    },
    because=(
        "It learns its pictures by heart. More pictures, augmentation or an earlier stop help."
    ),
    hints=["On which pictures does it become better, and on which worse?"],
)


order = Choice(
    "7.19",
    "The order of a step",
    "a",
    difficulty=1,
    minutes=2,
    why={
        "b": "Gradients set to zero after `backward` leave nothing for the step.",
        "c": "The step would use the gradients of the batch before, and of all before that.",
        "d": "Without setting to zero, `backward` adds to the gradients of all earlier steps.",
    },
    because=(
        "Setting to zero may also come last: what counts is that it stands between two calls of"
        " `backward`."
    ),
    hints=["`backward` adds; `step` uses what is there."],
)


drawing = Choice(
    "7.20",
    "Read a drawing: which net?",
    "c",
    difficulty=2,
    minutes=3,
    why={
        "a": "Its first convolution keeps 28 x 28 pixels, so it is padded.",
        "b": "It pools by the mean. The code takes the maximum.",
        "d": "Behind its second convolution no ReLU stands.",
    },
    because=(
        "5 x 5 without padding makes 24 x 24 of 28 x 28, pooled 12, then 8 and 4:"
        " 16 x 4 x 4 = 256 numbers."
    ),
    hints=["Follow the shapes: what does a window of 5 leave of 28?"],
)
