"""Exercises 1.2 to 1.4: the parameters of a fully connected layer and of a convolution."""

import torch
from torch import nn

from checker.exercise import Exercise, Number, call

# 1.2 to 1.4 Counting

fc_count = Exercise(
    "1.2",
    "Count a fully connected layer",
    difficulty=1,
    minutes=2,
    hints=[
        "One output alone: how many weights does it need? What is added at the end?",
        "Every output has a bias.",
    ],
)


@fc_count.reference
def fc_parameters(inputs, outputs):
    return sum(p.numel() for p in nn.Linear(inputs, outputs, device="meta").parameters())


@fc_count.cases
def _(rng):
    yield call(2, 3)
    yield call(1, 1)
    yield call(196, 10)
    yield call(784, 7)
    for _ in range(4):
        yield call(*(int(size) for size in rng.integers(1, 500, 2)))


@fc_count.recall
def _(rng):
    inputs, outputs = rng.randint(6, 60), rng.randint(3, 20)
    text = (
        f"A fully connected layer has {inputs} inputs and {outputs} outputs. How many parameters "
        "does it have?"
    )
    return text, call(inputs, outputs)


@fc_count.mistake("Those are the weights alone. What does each output add to its sum?")
def fc_no_bias(inputs, outputs):
    return inputs * outputs


@fc_count.mistake(
    "That has a bias for each input. A bias is added to a sum, and there is one sum for each"
    " output."
)
def fc_bias_per_input(inputs, outputs):
    return inputs * outputs + inputs


@fc_count.mistake(
    "You counted one bias for the whole layer. Can two outputs have the same weights and differ?"
)
def fc_one_bias(inputs, outputs):
    return inputs * outputs + 1


@fc_count.mistake(
    "That has as many biases as weights. A bias is added once the products are summed."
)
def fc_bias_per_weight(inputs, outputs):
    return 2 * inputs * outputs


@fc_count.mistake("You counted a bias for each input and for each output. Only sums get one.")
def fc_biases_at_both_ends(inputs, outputs):
    return inputs * outputs + inputs + outputs


@fc_count.mistake(
    "You added one to inputs and outputs. A bias acts as one more input; there is no further"
    " output."
)
def fc_one_output_more(inputs, outputs):
    return (inputs + 1) * (outputs + 1)


@fc_count.mistake("You added inputs and outputs. Every output has a weight for every input.")
def fc_sum(inputs, outputs):
    return inputs + outputs


@fc_count.mistake(
    "The number is right, but it is a float. Parameters are counted: return an `int`."
)
def fc_a_float(inputs, outputs):
    return float(outputs * (inputs + 1))


@fc_count.alternative
def fc_per_output(inputs, outputs):
    return outputs * (inputs + 1)


@fc_count.alternative
def fc_built(inputs, outputs):
    layer = nn.Linear(inputs, outputs)
    return layer.weight.numel() + layer.bias.numel()


@fc_count.alternative
def fc_by_adding(inputs, outputs):
    return sum(inputs + 1 for _ in range(outputs))


fc_count.demand("weights and biases together", violated_by="fc_no_bias")
fc_count.demand("an int", violated_by="fc_a_float")


conv_count = Exercise(
    "1.3",
    "Count a convolution",
    difficulty=2,
    minutes=4,
    hints=[
        (
            "Start with one filter: it looks at a small window of the input, through all of its"
            " channels."
        ),
        "One filter has channels x height x width weights, and one bias. Then take many filters.",
    ],
)


@conv_count.reference
def conv_parameters(channels, filters, height, width):
    layer = nn.Conv2d(channels, filters, (height, width), device="meta")
    return sum(p.numel() for p in layer.parameters())


@conv_count.cases
def _(rng):
    yield call(1, 1, 2, 2)
    yield call(3, 1, 5, 5)
    yield call(3, 6, 5, 5)
    yield call(4, 2, 1, 1)
    yield call(2, 5, 1, 3)
    for _ in range(4):
        yield call(*(int(size) for size in rng.integers(1, 9, 4)))


@conv_count.recall
def _(rng):
    channels, filters, k = rng.randint(2, 9), rng.randint(4, 12), rng.choice([3, 5])
    text = (
        f"A convolution has {filters} filters of {k} x {k}, on {channels} channels. How many "
        "parameters does it have?"
    )
    return text, call(channels, filters, k, k)


@conv_count.mistake(
    "Those are the weights alone. Each filter also adds one number to all it sees."
)
def conv_no_bias(channels, filters, height, width):
    return channels * filters * height * width


@conv_count.mistake(
    "Your filters see one channel. A filter is as deep as its input: it has weights for all"
    " channels."
)
def conv_flat_filter(channels, filters, height, width):
    return filters * height * width + filters


@conv_count.mistake(
    "That has one bias for the whole layer. Each filter makes a feature map, and adds a bias of"
    " its own."
)
def conv_one_bias(channels, filters, height, width):
    return channels * filters * height * width + 1


@conv_count.mistake(
    "That has a bias for every channel of every filter. A filter sums over its channels, then"
    " adds one bias."
)
def conv_bias_per_channel(channels, filters, height, width):
    return channels * filters * (height * width + 1)


@conv_count.mistake("That has a bias for each input channel. It is the filters that have one.")
def conv_bias_per_input(channels, filters, height, width):
    return channels * filters * height * width + channels


@conv_count.mistake("That is one filter. The layer has many, each with weights of its own.")
def conv_one_filter(channels, filters, height, width):
    return channels * height * width + 1


@conv_count.mistake("You used the height for the width too. A window may be wider than high.")
def conv_square(channels, filters, height, width):
    return filters * (channels * height * height + 1)


@conv_count.mistake("You used the width for the height too. A window may be higher than wide.")
def conv_square_wide(channels, filters, height, width):
    return filters * (channels * width * width + 1)


@conv_count.mistake(
    "That is the weights of one filter and the biases of all. Each filter has weights of its own."
)
def conv_weights_of_one(channels, filters, height, width):
    return channels * height * width + filters


@conv_count.mistake(
    "That has height x width biases for each filter. A filter sums all its products first, then"
    " adds one bias."
)
def conv_bias_per_weight(channels, filters, height, width):
    return channels * filters * height * width + filters * height * width


@conv_count.mistake(
    "The number is right, but it is a float. Parameters are counted: return an `int`."
)
def conv_a_float(channels, filters, height, width):
    return float(filters * (channels * height * width + 1))


@conv_count.alternative
def conv_per_filter(channels, filters, height, width):
    return filters * (channels * height * width + 1)


@conv_count.alternative
def conv_built(channels, filters, height, width):
    return sum(p.numel() for p in nn.Conv2d(channels, filters, (height, width)).parameters())


@conv_count.alternative
def conv_as_fc(channels, filters, height, width):
    return nn.Linear(channels * height * width, filters).weight.numel() + filters


conv_count.demand("filters of height x width pixels", violated_by="conv_square")
conv_count.demand("How many numbers does a convolution learn", violated_by="conv_no_bias")
conv_count.demand("an int", violated_by="conv_a_float")


PICTURE, MAPS = 3 * 32 * 32, 10 * 32 * 32


one_layer = Number(
    "1.4",
    "One layer, two ways",
    (760, PICTURE * MAPS, MAPS),
    difficulty=2,
    minutes=4,
    wrong={
        "biases_forgotten": (
            (760, PICTURE * MAPS, 0),
            (
                "You left out the biases of the fully connected layer, as many a slide does. How"
                " many outputs has it?"
            ),
        ),
        "two_numbers": (
            (760, PICTURE * MAPS),
            "Those are two numbers. The third is the one that many slides forget: the biases.",
        ),
        "weights_alone": (
            (750, PICTURE * MAPS, 0),
            (
                "You left out the biases of both layers. What does each filter add, and what does"
                " each output?"
            ),
        ),
        "one_filter": (
            (76, PICTURE * MAPS, MAPS),
            "Your first number is one filter. Ten of them make the ten maps.",
        ),
        "one_bias_per_map": (
            (760, PICTURE * MAPS, 10),
            (
                "Ten biases is how a convolution counts: one for each feature map. A fully"
                " connected layer shares nothing."
            ),
        ),
        "bias_per_input": (
            (760, PICTURE * MAPS, PICTURE),
            "Your third number is the number of inputs. Biases belong to the outputs.",
        ),
        "conv_without_biases": (
            (750, PICTURE * MAPS, MAPS),
            "Your first number is the weights of the ten filters. Their biases are still missing.",
        ),
        "flat_filters": (
            (260, PICTURE * MAPS, MAPS),
            (
                "Your first number is for a picture with one channel. A filter goes through all"
                " three."
            ),
        ),
        "one_map": (
            (760, PICTURE * 32 * 32, 32 * 32),
            "Your fully connected layer gives one feature map of 32 x 32. Ten are asked for.",
        ),
        "without_channels": (
            (760, 32 * 32 * MAPS, MAPS),
            "Your fully connected layer reads one channel of 32 x 32. The picture has three.",
        ),
        "all_in_one": (
            (760, PICTURE * MAPS + MAPS, MAPS),
            "Your second number is weights and biases together. Put the weights alone there.",
        ),
        "unpadded": (
            (760, PICTURE * 10 * 28 * 28, 10 * 28 * 28),
            (
                "You counted 28 x 28 outputs, as without padding. With padding 2 the output is as"
                " large as the input."
            ),
        ),
    },
    right=[
        [760, 31_457_280, 10_240],
        (10 * 76, 3072 * 10_240, torch.tensor(10_240)),
        (760, 30 * 2**20, 10 * 2**10),
    ],
    hints=[
        (
            "The convolution: exercise 1.3 with 3 channels, 10 filters, 5 x 5. Padding adds no"
            " parameter."
        ),
        (
            "The fully connected layer: how many numbers come in, how many go out? Every output"
            " has a line to every input."
        ),
    ],
)


@one_layer.recall
def _(rng):
    side, channels, maps = rng.choice([4, 8, 10]), rng.randint(2, 4), rng.randint(5, 9)
    shapes = f"{channels} x {side} x {side} into {maps} x {side} x {side}"
    text = f"A fully connected layer turns {shapes}. How many weights is that, without biases?"
    return text, channels * side**2 * maps * side**2
