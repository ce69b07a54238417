"""Exercises 11.16 to 11.19: questions to remember, and a drawing to read."""

from checker.exercise import Choice

# 11.16 to 11.18

why_cells = Choice(
    "11.16",
    "Recall: why search for a cell?",
    "b",
    difficulty=1,
    minutes=1,
    why={
        "a": "A cell costs as much as its operations do, whoever has found it.",
        "c": (
            "The controller draws cells of any kind, good and bad. It is the reward that tells"
            " them apart."
        ),
        "d": (
            "A net of cells is trained as any other. Only the *search* is spared on the large"
            " pictures."
        ),
    },
    because=(
        "It was found on CIFAR-10, with 32x32 pixels, and stacked more often and wider for"
        " ImageNet."
    ),
    hints=[
        "800 GPUs for 28 days searched for a whole net. What could be done with that net on other"
        " pictures?"
    ],
)


why_a_baseline = Choice(
    "11.17",
    "Recall: what does the baseline change?",
    "d",
    difficulty=2,
    minutes=1,
    core=False,
    why={
        "a": (
            "On average it changes nothing: the mean of the gradient of a log-probability is zero,"
            " so a constant drops out."
        ),
        "b": "The controller draws as before. The baseline enters the loss only.",
        "c": "A learning rate scales all steps alike. The baseline decides which way a step goes.",
    },
    because=(
        "The gradient has the same mean and a smaller spread, so fewer nets are needed for a step"
        " that is as sure."
    ),
    hints=[
        "Add 100 to all rewards. What changes in the mean of the gradient, and what in a single"
        " draw?"
    ],
)


when_random_is_enough = Choice(
    "11.18",
    "Recall: what must a search beat?",
    "a",
    difficulty=2,
    minutes=1,
    why={
        "b": "A hand-made net says how good the *space* is, with the search or without it.",
        "c": "In a good space even the worst net is good. That says nothing of the method.",
        "d": (
            "The best run of a method may be luck, and the other nets come from other spaces, with"
            " other budgets."
        ),
    },
    because=(
        "Random search has the same space and trains as many nets. So what the method finds beyond"
        " it comes from the method, and many seeds show that it is not luck."
    ),
    hints=[
        "Two things make a good result: the space, and the way through it. How do you tell them"
        " apart?"
    ],
)


drawing = Choice(
    "11.19",
    "Read a drawing: which cell?",
    "b",
    difficulty=2,
    minutes=3,
    why={
        "a": "There both operations of the second pair read state 1. One should read state 0.",
        "c": "There the second pair reads state 0 only, and so both states are joined at the end.",
        "d": "There the second pair has a 1x1 convolution on state 1, and state 0 as it is.",
    },
    because="The second pair takes a 1x1 convolution of state 0 and a 3x3 convolution of state 1.",
    hints=["Find the first sum: what is done with it, and what else is added then?"],
)
