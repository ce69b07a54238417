"""Exercises 3.8 to 3.11: what another dimension costs, films, points and voxels."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from checker.exercise import Choice, Exercise, Prediction, call
from exercises.nb03.shared import LAYERS

# 3.8

cost = Exercise(
    "3.8",
    "What a dimension costs",
    difficulty=2,
    minutes=8,
    hints=[
        "A kernel has k numbers along each of d axes, for each input channel.",
        "Every weight is used once at every output position. How many positions are there?",
        "Weights: `c_out * c_in * k**d`. Positions: `n**d`.",
    ],
)


@cost.reference
def conv_cost(d, n, k, c_in, c_out):
    layer = LAYERS[d](c_in, c_out, k, padding="same", device="meta")
    counter = FlopCounterMode(display=False)
    with counter:
        layer(torch.empty(1, c_in, *[n] * d, device="meta"))
    return sum(p.numel() for p in layer.parameters()), counter.get_total_flops() // 2


@cost.cases
def _(rng):
    yield call(1, 5, 3, 1, 1)
    yield call(2, 4, 3, 1, 2)
    yield call(2, 32, 5, 3, 6)
    yield call(3, 16, 3, 8, 16)
    for d in (1, 2, 3):
        n, k, c, o = (int(number) for number in rng.integers(2, 7, 4))
        yield call(d, n + 5, k, c, o)


@cost.recall
def _(rng):
    d, n, k = rng.choice([2, 3]), rng.randint(4, 6), rng.choice([3, 5])
    c_in, c_out = rng.randint(1, 3), rng.randint(2, 5)
    text = (
        f"A {d}-D layer from {c_in} to {c_out} channels, kernel size {k} and {n} pixels along each"
        " axis, size kept, with biases. (parameters, multiply-adds)"
    )
    weights = c_out * c_in * k**d  # by hand: to load what the reference counts by takes a second
    wrong = {
        "no biases": ((weights, weights * n**d), "The biases are parameters too."),
        "one axis": ((weights + c_out, weights * n), "The window stands at n along *each* axis."),
    }
    return text, (weights + c_out, weights * n**d), wrong


@cost.mistake(
    "You let a kernel hold `k * d` numbers. With k along each of d axes it holds `k**d`."
)
def k_times_d(d, n, k, c_in, c_out):
    return c_out * (c_in * k * d + 1), c_out * c_in * k * d * n**d


@cost.mistake(
    "Your multiply-adds are right. The biases are parameters too, one for each output channel."
)
def no_biases(d, n, k, c_in, c_out):
    return c_out * c_in * k**d, c_out * c_in * k**d * n**d


@cost.mistake(
    "Your multiply-adds are right. You count one bias for all; each output channel has its own."
)
def one_bias(d, n, k, c_in, c_out):
    return c_out * c_in * k**d + 1, c_out * c_in * k**d * n**d


@cost.mistake("Your parameters are right. The window stands at `n**d` positions; you count n.")
def positions_along_one_axis(d, n, k, c_in, c_out):
    return c_out * (c_in * k**d + 1), c_out * c_in * k**d * n


@cost.mistake("You left out the input channels: each kernel reaches through all of them.")
def no_input_channels(d, n, k, c_in, c_out):
    return c_out * (k**d + 1), c_out * k**d * n**d


@cost.mistake(
    "Your parameters are right. Adding the bias is no multiply-add: leave it out of that count."
)
def bias_multiplied(d, n, k, c_in, c_out):
    return c_out * (c_in * k**d + 1), c_out * (c_in * k**d + 1) * n**d


@cost.mistake(
    "Your parameters are right. You count the places without padding; with it there are `n**d`."
)
def valid_places(d, n, k, c_in, c_out):
    return c_out * (c_in * k**d + 1), c_out * c_in * k**d * (n - k + 1) ** d


@cost.mistake("Your numbers are right, but they are floats. Return two whole numbers, `int`.")
def in_floats(d, n, k, c_in, c_out):
    return tuple(map(float, conv_cost(d, n, k, c_in, c_out)))


@cost.mistake("Your two numbers stand in the wrong order. The parameters come first.")
def work_first(d, n, k, c_in, c_out):
    return conv_cost(d, n, k, c_in, c_out)[::-1]


@cost.alternative
def by_products(d, n, k, c_in, c_out):
    weights = torch.Size([c_out, c_in, *[k] * d]).numel()
    return weights + c_out, weights * torch.Size([n] * d).numel()


@cost.alternative
def by_a_layer(d, n, k, c_in, c_out):
    layer = LAYERS[d](c_in, c_out, k)
    return sum(p.numel() for p in layer.parameters()), layer.weight.numel() * n**d


cost.demand("the parameters, biases included, and the multiply-adds", violated_by="work_first")
cost.demand("a bias each", violated_by="one_bias")
cost.demand("the output has size `n` again", violated_by="valid_places")
cost.demand("adding the bias does not count", violated_by="bias_multiplied")
cost.demand("two whole numbers", violated_by="in_floats")


# 3.9

frames = Choice(
    "3.9",
    "A film, frame by frame",
    "a",
    difficulty=2,
    minutes=3,
    why={
        "b": (
            "To see along which axis it moves, a net must see two frames together. This one never"
            " does."
        ),
        "c": (
            "Each frame alone is a digit that stands somewhere. Which frame came first is lost in"
            " the average."
        ),
        "d": (
            "A digit cut by the border is as likely for every direction, so the border is no help"
            " and no harm."
        ),
    },
    because="A single frame holds no direction, and an average of frames forgets their order.",
    hints=["Play the film backwards: which numbers in the net change?"],
)


# 3.10

voxels = Exercise(
    "3.10",
    "From points to voxels",
    difficulty=3,
    minutes=20,
    core=False,
    points=2,
    hints=[
        "First move and scale [-1, 1] to [0, n]; the whole part is the place of the voxel.",
        (
            "A coordinate of exactly 1 gives n, one too many. `clamp(max=n - 1)` puts it into the"
            " last voxel."
        ),
        (
            "`place = ((points + 1) / 2 * n).long().clamp(max=n - 1)`; `x, y, z = place.T`;"
            " `grid[z, y, x] = 1`."
        ),
    ],
)


@voxels.reference
def voxelize(points, n):
    edges = torch.linspace(-1, 1, n + 1, dtype=points.dtype)[1:-1]
    flat = (torch.bucketize(points, edges, right=True) * torch.tensor([1, n, n * n])).sum(1)
    return torch.bincount(flat, minlength=n**3).clamp(max=1).reshape(n, n, n).to(points.dtype)


@voxels.cases
def _(rng):
    yield call(torch.tensor([[0.9, -0.9, -0.9]]), 2)
    yield call(torch.tensor([[1.0, 1.0, 1.0]]), 2)
    yield call(torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0]]), 2)
    yield call(torch.tensor([[0.2, 0.9, -0.7], [0.3, 0.8, -0.8]]), 2)
    yield call(torch.zeros(0, 3), 2)
    yield call(torch.tensor([[0.5, -0.5, 0.5]], dtype=torch.float32), 2)
    yield call(torch.tensor([[-0.99, 0.1, 0.99], [0.4, -0.4, 0.7]]), 5)
    for count, n in ((20, 3), (40, 4), (60, 7)):
        yield call(torch.from_numpy(rng.uniform(-1, 1, (count, 3))), n)


def _places(points, n):
    return ((points + 1) / 2 * n).long().clamp(max=n - 1)


def _filled(places, n, like):
    grid = torch.zeros(n, n, n, dtype=like.dtype)
    x, y, z = places.T
    grid[z, y, x] = 1
    return grid


@voxels.mistake(
    "Your axes are in the order x, y, z. A volume is (depth, height, width): use `[z, y, x]`."
)
def in_order_xyz(points, n):
    return voxelize(points, n).permute(2, 1, 0)


@voxels.mistake(
    "You count the points of each voxel. Give 1 where there is one or more, and 0 elsewhere."
)
def counted(points, n):
    grid = torch.zeros(n, n, n, dtype=points.dtype)
    x, y, z = _places(points, n).T
    return grid.index_put((z, y, x), points.new_ones(len(points)), accumulate=True)


@voxels.mistake(
    "You round to the nearest, which moves half of the points to the next voxel. Round down."
)
def rounded(points, n):
    return _filled(((points + 1) / 2 * n).round().long().clamp(max=n - 1), n, points)


@voxels.mistake(
    "You cut each axis into n - 1 parts, so the last voxel gets only points at exactly 1. Cut it"
    " into n."
)
def scaled_to_n_minus_one(points, n):
    return _filled(((points + 1) / 2 * (n - 1)).long(), n, points)


@voxels.mistake("A coordinate of exactly 1 falls out of your grid. Put it into the last voxel.")
def falls_out(points, n):
    return _filled(((points + 1) / 2 * n).long(), n, points)


@voxels.mistake(
    "You take the coordinates as they are, and a negative index counts from the far end. Shift"
    " them"
    " first."
)
def not_shifted(points, n):
    return _filled((points / 2 * n).floor().long(), n, points)


@voxels.mistake(
    "Your grid is right, but it holds True and False. Give numbers of the dtype of the points."
)
def of_booleans(points, n):
    return voxelize(points, n).bool()


@voxels.mistake("All is right but the dtype: yours is float64 for all points. Give back theirs.")
def always_float64(points, n):
    return voxelize(points, n).double()


@voxels.mistake("Your code fails where there are no points. Then the grid is all zeros.")
def no_points(points, n):
    return voxelize(points, n) + 0 * points.min()


@voxels.alternative
def by_clamping(points, n):
    return _filled(_places(points, n), n, points)


@voxels.alternative
def point_by_point(points, n):
    grid = points.new_zeros(n, n, n)
    for point in points:
        x, y, z = (min(int((c.item() + 1) / 2 * n), n - 1) for c in point)
        grid[z, y, x] = 1
    return grid


@voxels.alternative
def in_numpy_histogram(points, n):
    import numpy as np

    counts, _ = np.histogramdd(points.numpy()[:, ::-1], bins=n, range=[(-1, 1)] * 3)
    return torch.from_numpy((counts > 0).astype(np.float64)).to(points.dtype)


voxels.demand("P may be 0", violated_by="no_points")
voxels.demand("up to, not including", violated_by="rounded")
voxels.demand("a coordinate of exactly 1 belongs to the last part", violated_by="falls_out")
voxels.demand("of the dtype of `points`", violated_by="always_float64")
voxels.demand("1 where at least one point lies", violated_by="counted")
voxels.demand("a point is found at `[z, y, x]`", violated_by="in_order_xyz")


# 3.11

volumes = Prediction(
    "3.11",
    "Is a solid a case for 3-D?",
    "b",
    "abcd",
    difficulty=2,
    minutes=2,
    core=False,
    hints=["What can a 2-D kernel see whose channels are all the depths?"],
)
