"""Exercises 15.5 to 15.7: paths through a block, what is kept in memory, and a contest."""

import itertools
import math

from checker.exercise import Exercise, Prediction, call

# 15.5

paths = Exercise(
    "15.5",
    "Paths through a dense block",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "A path goes through some of the layers, in order, and past the others.",
        "So each layer is taken or not: how many ways are there to take k of n?",
        "`math.comb(n, k)` is the number of ways to choose k of n.",
    ],
)


@paths.recall
def _(rng):
    layers = rng.randint(3, 5)
    text = (
        f"A dense block of {layers} layers: how many ways through it take 0, 1, ..., {layers} of "
        "them? A list."
    )
    return text, call(layers)


@paths.reference
def path_lengths(layers):
    taken = itertools.product((0, 1), repeat=layers)
    lengths = [sum(path) for path in taken]
    return [lengths.count(k) for k in range(layers + 1)]


@paths.cases
def _(rng):
    for layers in (1, 2, 3, 4, 6, 9, 12, *rng.permutation(range(5, 12))[:3].tolist()):
        yield call(layers)


paths.mistake("You left out the path past all layers: what came in is handed on.", "none_past")(
    lambda layers: [0] + [math.comb(layers, k) for k in range(1, layers + 1)]
)
paths.mistake("Your list begins with one layer. It begins with none.", "from_one")(
    lambda layers: [math.comb(layers, k) for k in range(1, layers + 1)]
)
paths.mistake(
    "Those are the paths by the layer they end in, each with one layer. A path may take several.",
    "single_layers",
)(lambda layers: [1] + [layers] + [0] * (layers - 1))
paths.mistake("That is the number of all paths. Give them by how many layers they take.", "all")(
    lambda layers: 2**layers
)
paths.mistake("That is a plain net, whose only path takes every layer.", "plain")(
    lambda layers: [0] * layers + [1]
)
paths.mistake("You count the order, too. Layers can be passed in one order only.", "in_any_order")(
    lambda layers: [math.perm(layers, k) for k in range(layers + 1)]
)
paths.mistake("You give the number of direct connections, not of paths.", "connections")(
    lambda layers: layers * (layers + 1) // 2
)
paths.mistake("You have one path of each length. There are more.", "one_of_each")(
    lambda layers: [1] * (layers + 1)
)


@paths.alternative
def layer_by_layer(layers):
    counts = [1]
    for _ in range(layers):
        counts = [a + b for a, b in zip([*counts, 0], [0, *counts])]
    return counts


@paths.alternative
def by_factorials(layers):
    return [
        math.factorial(layers) // math.factorial(k) // math.factorial(layers - k)
        for k in range(layers + 1)
    ]


paths.demand("none of the layers", violated_by="none_past")
paths.demand("a list of `layers + 1` whole numbers", violated_by="all")


# 15.6

memory = Exercise(
    "15.6",
    "What is kept for the way back",
    difficulty=3,
    minutes=8,
    core=False,
    points=2,
    hints=[
        "Layer k, counted from 0, reads `inputs + k * growth` maps.",
        "Copied each time: add up what all layers read. Kept once: what the block puts out.",
    ],
)


@memory.recall
def _(rng):
    inputs, growth, layers = rng.randint(4, 16), rng.randint(2, 8), rng.randint(3, 5)
    text = (
        f"A dense block of {layers} layers, growth {growth}, on {inputs} maps. Maps kept for the "
        "way back: (copied by each layer, every map once)"
    )
    return text, call(inputs, growth, layers)


@memory.reference
def maps_kept(inputs, growth, layers):
    """By growing a list of maps."""
    maps, copies = [None] * inputs, []
    for _ in range(layers):
        copies += maps
        maps = [*maps, *[None] * growth]
    return len(copies), len(maps)


@memory.cases
def _(rng):
    yield call(4, 2, 1)
    yield call(4, 2, 3)
    yield call(64, 32, 6)
    yield call(256, 32, 24)
    for _ in range(3):
        yield call(*rng.integers(1, 30, 3).tolist())


def _kept(copied, once=lambda i, k, n: i + n * k):
    return lambda inputs, growth, layers: (
        copied(inputs, growth, layers),
        once(inputs, growth, layers),
    )


def _copied(i, k, n):
    return sum(i + place * k for place in range(n))


memory.mistake(
    "You count what each layer hands on. A copy is made of what it *reads*.", "handed_on"
)(_kept(lambda i, k, n: sum(i + (place + 1) * k for place in range(n))))
memory.mistake("You forget what the block was given, which every layer reads.", "new_maps_only")(
    _kept(lambda i, k, n: sum(place * k for place in range(n)))
)
memory.mistake("You let every layer read as much as the first.", "like_the_first")(
    _kept(lambda i, k, n: n * i)
)
memory.mistake("You let every layer read as much as the block puts out.", "like_the_last")(
    _kept(lambda i, k, n: n * (i + n * k))
)
memory.mistake(
    "The second number lacks what the block was given: it is part of the output.", "no_inputs"
)(_kept(_copied, lambda i, k, n: n * k))
memory.mistake("You have the two numbers the wrong way round: copied, then once.", "swapped")(
    lambda *of: _kept(_copied)(*of)[::-1]
)
memory.mistake("You give the copies alone. Two numbers are asked for.", "copies_only")(
    lambda inputs, growth, layers: _copied(inputs, growth, layers)
)
memory.mistake("Maps are counted: return whole numbers.", "floats")(
    lambda inputs, growth, layers: (
        layers * inputs + growth * layers * (layers - 1) / 2,
        float(inputs + growth * layers),
    )
)


@memory.alternative
def by_the_sum_of_a_series(inputs, growth, layers):
    return layers * inputs + growth * layers * (layers - 1) // 2, inputs + growth * layers


@memory.alternative
def in_a_loop(inputs, growth, layers):
    copied, maps = 0, inputs
    for _ in range(layers):
        copied += maps
        maps += growth
    return copied, maps


memory.demand("a copy of all it reads", violated_by="handed_on")
memory.demand("every map once", violated_by="no_inputs")


# 15.7

contest = Prediction(
    "15.7",
    "Addition or concatenation?",
    "c",
    "abcd",
    difficulty=2,
    minutes=2,
    hints=["Which of the three have a path past a layer?"],
)
