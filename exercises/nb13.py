"""Exercises of notebook 13, the capstone: the budget, cheap layers, who beats whom, honest scores, your own net."""

import itertools
import math
import statistics

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Choice, Exercise, Module, Number, call, normal
from checker.module_comparison import Unfit
from utils import capstone, shapes

# 13.1

count = Number(
    "13.1", "Within the budget?", (49_958, 50_008, 119_168), difficulty=2, minutes=10, points=2,
    wrong={
        "no_biases": (
            (49_880, 49_930, 119_168),
            "The bias of the second convolution and those of the linear layer are missing: 16 and 62.",
        ),
        "no_norms": (
            (49_910, 49_910, 119_168),
            "The batch norms are missing. Each learns two numbers a channel, and keeps two more and a counter.",
        ),
        "norms_learn_nothing": (
            (49_910, 50_008, 119_168), "Batch norm learns, too: gamma and beta are parameters, two a channel.",
        ),
        "no_counter": (
            (49_958, 50_006, 119_168), "Nearly. Each batch norm also counts its batches: one more number each.",
        ),
        "parameters_only": (
            (49_958, 49_958, 119_168),
            "The second number is that of the parameters again. A batch norm also keeps a mean and a variance a"
            " channel, and a counter.",
        ),
        "size_of_the_input": (
            (49_958, 50_008, 330_848),
            "Your multiply-adds take the size of each layer's input. With stride 2 there are a quarter of the places.",
        ),
        "biases_multiply": (
            (49_958, 50_008, 120_014), "Your multiply-adds include biases. A bias is added, and not multiplied.",
        ),
        "no_linear": ((49_958, 50_008, 70_560), "The multiply-adds of the linear layer are missing."),
    },
    right=[[49_958, 50_008, 119_168], torch.Size((49_958, 50_008, 119_168))],
    hints=[
        "Parameters: 72 and 16 for the first convolution and its norm, 1,168 and 32 for the second.",
        "A batch norm of C channels keeps 2C + 1 numbers that are no parameters.",
        "Multiply-adds: places of the output, times filters, times the weights of a filter. First layer:"
        " 14 * 14 * 8 * 9 = 14,112.",
    ],
)  # fmt: skip

# 13.2

cheap = Exercise(
    "13.2", "Two ways to filter", difficulty=2, minutes=8, points=2,
    hints=[
        "Both ways put out `(h - 1) // stride + 1` rows.",
        "Depthwise: each output place of each *input* channel takes k * k products. 1x1: each output place of each"
        " filter takes `inputs` products.",
        "`places * filters * inputs * k * k`, and `places * (inputs * k * k + filters * inputs)`.",
    ],
)  # fmt: skip


@cheap.reference
def two_costs(h, w, inputs, filters, k, stride):
    full = nn.Conv2d(inputs, filters, k, stride, k // 2, bias=False)
    deep = nn.Conv2d(inputs, inputs, k, stride, k // 2, groups=inputs, bias=False)
    apart = nn.Sequential(deep, nn.Conv2d(inputs, filters, 1, bias=False))
    return tuple(shapes.ledger(net, (1, inputs, h, w)).multiply_adds for net in (full, apart))


@cheap.cases
def _(rng):
    yield call(1, 2, 1, 1, 3, 1)
    yield call(4, 4, 2, 3, 3, 2)
    yield call(5, 7, 3, 2, 5, 2)
    yield call(3, 8, 4, 4, 1, 3)
    for _ in range(5):
        h, w, inputs, filters = (int(n) for n in rng.integers(2, 20, 4))
        yield call(h, w, inputs, filters, int(rng.choice([1, 3, 5])), int(rng.integers(1, 4)))


def _places(h, w, stride):
    return ((h - 1) // stride + 1) * ((w - 1) // stride + 1)


@cheap.mistake("You count the places of the input. With a stride the window visits fewer.")
def places_of_the_input(h, w, inputs, filters, k, stride):
    return h * w * filters * inputs * k * k, h * w * (inputs * k * k + filters * inputs)


@cheap.mistake("`h // stride` drops a place where the stride does not divide: rows 0, 2 and 4 of five make three.")
def rounded_down(h, w, inputs, filters, k, stride):
    places = (h // stride) * (w // stride)
    return places * filters * inputs * k * k, places * (inputs * k * k + filters * inputs)


@cheap.mistake("The 1x1 layer comes after the stride, so it visits fewer places than the input has.")
def mixing_at_full_size(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * inputs * k * k + h * w * filters * inputs


@cheap.mistake("That is the depthwise layer alone. The 1x1 layer that mixes the channels is missing.")
def no_mixing(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * inputs * k * k


@cheap.mistake("The depthwise layer has one window for each input channel, not one for each filter.")
def a_window_a_filter(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * (filters * k * k + filters * inputs)


@cheap.mistake("You multiply the two layers' costs. They run one after the other, so their costs add up.")
def multiplied(h, w, inputs, filters, k, stride):
    places = _places(h, w, stride)
    return places * filters * inputs * k * k, places * inputs * k * k * filters * inputs


@cheap.mistake("The stride is applied along the height only.")
def one_axis(h, w, inputs, filters, k, stride):
    places = _places(h, 1, stride) * w
    return places * filters * inputs * k * k, places * (inputs * k * k + filters * inputs)


@cheap.mistake("You give the cheaper way first. The full convolution comes first.")
def swapped(h, w, inputs, filters, k, stride):
    return two_costs(h, w, inputs, filters, k, stride)[::-1]


@cheap.alternative
def by_formula(h, w, inputs, filters, k, stride):
    places = math.ceil(h / stride) * math.ceil(w / stride)
    return places * filters * inputs * k**2, places * inputs * (k**2 + filters)


@cheap.alternative
def by_shapes(h, w, inputs, filters, k, stride):
    rows, columns = (shapes.output_size(n, k, stride, k // 2) for n in (h, w))
    weights = inputs * filters * k * k, inputs * k * k + inputs * filters
    return tuple(rows * columns * count for count in weights)


@cheap.alternative
def by_counting(h, w, inputs, filters, k, stride):
    full = apart = 0
    for _ in itertools.product(range(0, h, stride), range(0, w, stride)):
        full += filters * inputs * k * k
        apart += inputs * (k * k + filters)
    return full, apart


# 13.3

thin = Module(
    "13.3", "The separable layer", difficulty=3, minutes=10, points=2,
    hints=[
        "`groups=inputs` gives every channel a window of its own.",
        "The stride belongs to `deep`, which also has the padding 1. `mix` is 1x1, with stride 1.",
        "`x = F.relu(self.norm1(self.deep(x)))`, then the same with `norm2` and `mix`.",
    ],
)  # fmt: skip


@thin.reference
class Separable(nn.Module):
    def __init__(self, inputs, filters, stride=1):
        super().__init__()
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False)
        self.norm1 = nn.BatchNorm2d(inputs)
        self.mix = nn.Conv2d(inputs, filters, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters)

    def forward(self, x):
        x = self.norm1(self.deep(x)).clamp(min=0)
        x = torch.einsum("fc,nchw->nfhw", self.mix.weight[:, :, 0, 0], x)
        return self.norm2(x).clamp(min=0)


@thin.cases
def _(rng):
    yield call(1, 2, inputs=normal(rng, 2, 1, 3, 4))
    yield call(3, 2, 2, inputs=normal(rng, 2, 3, 5, 6))
    yield call(2, 2, 1, inputs=normal(rng, 1, 2, 4, 4))
    yield call(4, 4, 3, inputs=normal(rng, 3, 4, 7, 5))


class _Cells(thin.answer):
    """Another way forward with the same cells."""

    middle = last = True

    def forward(self, x):
        x = self.norm1(self.deep(x))
        x = self.norm2(self.mix(F.relu(x) if self.middle else x))
        return F.relu(x) if self.last else x


@thin.mistake("The ReLU between the two layers is missing.")
class NoMiddle(_Cells):
    middle = False


@thin.mistake("The ReLU at the end is missing.")
class NoLast(_Cells):
    last = False


@thin.mistake("That has a window for every pair of channels: a full convolution. Give `deep` its groups.")
class NoGroups(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters, stride)
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, padding=1, bias=False)


@thin.mistake("Your stride is on the 1x1 layer, which then drops places that `deep` has computed in vain.")
class LateStride(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters)
        self.mix = nn.Conv2d(inputs, filters, 1, stride, bias=False)


@thin.mistake("The map shrinks at every layer. Windows of 3 need a padding of 1.")
class NotPadded(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters, stride)
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, groups=inputs, bias=False)


@thin.mistake("Your ReLU comes before the norm. Conv, norm, ReLU is asked for.")
class ReluFirst(thin.answer):
    def forward(self, x):
        return self.norm2(F.relu(self.mix(self.norm1(F.relu(self.deep(x))))))


@thin.mistake("You have biases. Batch norm takes any constant out again, so they are left out: `bias=False`.")
class Biased(_Cells):
    def __init__(self, inputs, filters, stride=1):
        super().__init__(inputs, filters, stride)
        self.deep = nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs)
        self.mix = nn.Conv2d(inputs, filters, 1)


@thin.mistake("The batch norms are there, and never used.")
class NoNorms(thin.answer):
    def forward(self, x):
        return F.relu(self.mix(F.relu(self.deep(x))))


thin.alternative(_Cells)


@thin.alternative
class ByFunctions(nn.Module):
    def __init__(self, inputs, filters, stride=1):
        super().__init__()
        self.stride = stride
        self.deep = nn.Conv2d(inputs, inputs, 3, bias=False, groups=inputs)
        self.norm1, self.norm2 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(filters)
        self.mix = nn.Conv2d(inputs, filters, 1, bias=False)

    def forward(self, x):
        x = F.conv2d(F.pad(x, (1, 1, 1, 1)), self.deep.weight, stride=self.stride, groups=x.shape[1])
        return self.norm2(self.mix(self.norm1(x).relu())).relu()


@thin.alternative
class ByUnfold(thin.answer):
    def forward(self, x):
        stride = self.deep.stride[0]
        windows = F.pad(x, (1, 1, 1, 1)).unfold(2, 3, stride).unfold(3, 3, stride)
        x = F.relu(self.norm1(torch.einsum("ncijhw,chw->ncij", windows, self.deep.weight[:, 0])))
        return F.relu(self.norm2(F.linear(x.movedim(1, -1), self.mix.weight.flatten(1)).movedim(-1, 1)))


# 13.4

unbeaten = Exercise(
    "13.4", "Who is beaten by nobody?", difficulty=3, minutes=10, points=2,
    hints=[
        "Ask it of each entry: is there any other that beats it?",
        "`i` beats `j` if `costs[i] <= costs[j] and scores[i] >= scores[j]`, and one of the two is not an equality.",
        "A list comprehension over the places `j`, with `not any(...)` over the places `i`.",
    ],
)  # fmt: skip


@unbeaten.reference
def front(costs, scores):
    return capstone.front(costs, scores)


@unbeaten.cases
def _(rng):
    yield call([3], [50])
    yield call([1, 2], [60, 50])
    yield call([2, 1], [60, 50])
    yield call([2, 1, 3], [50, 60, 70])
    yield call([2, 2], [50, 50])
    yield call([2, 2, 1], [50, 60, 40])
    yield call([1, 2, 3], [60, 60, 60])
    yield call([5, 1, 4, 2, 3], [9, 1, 9, 3, 2])
    for _ in range(4):
        size = int(rng.integers(4, 12))
        yield call(rng.integers(1, 8, size).tolist(), rng.integers(40, 50, size).tolist())


def _front(beats):
    def answer(costs, scores):
        points = list(zip(costs, scores))
        others = [[two for place, two in enumerate(points) if place != one] for one in range(len(points))]
        return [place for place, point in enumerate(points) if not any(beats(other, point) for other in others[place])]

    return answer


unbeaten.mistake(
    "Two entries that are equal throw each other out. To beat is to be better in at least one of the two.", "equals_out"
)(_front(lambda one, two: one[0] <= two[0] and one[1] >= two[1]))
unbeaten.mistake(
    "You ask to be better in both. An entry that costs the same and is more accurate also beats.", "strictly_both"
)(_front(lambda one, two: one[0] < two[0] and one[1] > two[1]))
unbeaten.mistake("One of your two comparisons is strict. As cheap and more accurate beats.", "strictly_cheaper")(
    _front(lambda one, two: one[0] < two[0] and one[1] >= two[1])
)
unbeaten.mistake("One of your two comparisons is strict. As accurate and cheaper beats.", "strictly_better")(
    _front(lambda one, two: one[0] <= two[0] and one[1] > two[1])
)
unbeaten.mistake("Those are cheaper *or* more accurate. To beat takes both.", "either")(
    _front(lambda one, two: one[0] < two[0] or one[1] > two[1])
)
unbeaten.mistake("Your front has the expensive ones: a low cost is the good one.", "costly")(
    _front(lambda one, two: one != two and one[0] >= two[0] and one[1] >= two[1])
)


@unbeaten.mistake("Right entries, sorted by cost. Return their places in the order of the lists.")
def sorted_by_cost(costs, scores):
    return sorted(capstone.front(costs, scores), key=lambda place: (costs[place], scores[place]))


@unbeaten.mistake("Those are the entries. Their places in the lists are asked for, counted from 0.")
def the_entries(costs, scores):
    return [(costs[place], scores[place]) for place in capstone.front(costs, scores)]


@unbeaten.mistake("That is the winner only. Cheaper entries with a lower score belong to the front, too.")
def the_winner(costs, scores):
    return [scores.index(max(scores))]


@unbeaten.alternative
def by_pairs(costs, scores):
    beaten = set()
    for (_, a), (j, b) in itertools.permutations(enumerate(zip(costs, scores)), 2):
        if a != b and a[0] <= b[0] and a[1] >= b[1]:
            beaten.add(j)
    return sorted(set(range(len(costs))) - beaten)


@unbeaten.alternative
def by_matrices(costs, scores):
    c, s = torch.tensor(costs), torch.tensor(scores)
    as_good = (c[:, None] <= c) & (s[:, None] >= s)
    better = (c[:, None] < c) | (s[:, None] > s)
    return torch.nonzero(~(as_good & better).any(0)).flatten().tolist()


@unbeaten.alternative
def by_sweeping(costs, scores):
    order, best, found = sorted(range(len(costs)), key=lambda j: (costs[j], -scores[j])), None, []
    for j in order:
        if best is None or scores[j] > best[1] or (costs[j], scores[j]) == best:
            found.append(j)
            best = costs[j], scores[j]
    return sorted(found)


# 13.5

apart = Exercise(
    "13.5", "Are two entries different?", difficulty=3, minutes=10, points=2,
    hints=[
        "The error of one mean: the standard deviation, with n - 1, over the square root of n.",
        "Two independent errors add up as the sides of a right angle: the root of the sum of squares.",
        "`math.hypot(one, other)` is that root. The last step is `abs(difference) > 3 * error`.",
    ],
)  # fmt: skip


@apart.reference
def compare(first, second):
    difference = statistics.fmean(first) - statistics.fmean(second)
    error = math.sqrt(sum(statistics.variance(runs) / len(runs) for runs in (first, second)))
    return difference, error, abs(difference) > 3 * error


@apart.cases
def _(rng):
    yield call([91, 92, 93], [88, 89, 90])
    yield call([88, 89, 90], [91, 92, 93])
    yield call([88, 90, 92], [89, 91, 93])
    yield call([80, 81], [84, 86, 88, 90])
    yield call([90, 91, 92], [92, 93, 94])
    yield call([90, 91, 92], [88, 89, 90, 91, 92])
    yield call([60, 70], [89.0, 89.5])
    yield call([60, 66, 72], [72, 73, 74])
    yield call([90, 92], [94, 94])
    for _ in range(3):
        yield call((90 + rng.standard_normal(3)).tolist(), (88 + rng.standard_normal(4)).tolist())


def _compared(spread=statistics.stdev, root=True, join=math.hypot, judge=lambda d, e: abs(d) > 3 * e, sign=1):
    def answer(first, second):
        difference = sign * (sum(first) / len(first) - sum(second) / len(second))
        errors = [spread(runs) / (len(runs) ** 0.5 if root else 1) for runs in (first, second)]
        return difference, join(*errors), judge(difference, join(*errors))

    return answer


apart.mistake("Your spread divides by n. A sample estimates it with n - 1.", "divided_by_n")(
    _compared(spread=statistics.pstdev)
)
apart.mistake(
    "That is the spread of single runs. The mean of n runs is surer: divide by the square root of n.", "spread_of_runs"
)(_compared(root=False))
apart.mistake("You add the two errors. Independent errors partly cancel: add their squares.", "added")(
    _compared(join=lambda a, b: a + b)
)
apart.mistake("That is the squared error of the difference. Its root is missing.", "no_root")(
    _compared(join=lambda a, b: a * a + b * b)
)
apart.mistake("The verdict ignores a difference below zero. The order of the two should not matter to it.", "one_side")(
    _compared(judge=lambda d, e: d > 3 * e)
)
apart.mistake("You ask for one error's distance. Three are asked for.", "one_error")(
    _compared(judge=lambda d, e: abs(d) > e)
)
apart.mistake("You ask for two errors' distance. Three are asked for.", "two_errors")(
    _compared(judge=lambda d, e: abs(d) > 2 * e)
)
apart.mistake("Your difference is the second less the first.", "turned")(_compared(sign=-1))
apart.alternative(_compared())


@apart.alternative
def by_tensors(first, second):
    first, second = torch.tensor(first).double(), torch.tensor(second).double()
    difference = first.mean() - second.mean()
    error = (first.var() / len(first) + second.var() / len(second)).sqrt()
    return difference.item(), error.item(), bool(difference.abs() > 3 * error)


@apart.alternative
def by_hand(first, second):
    means, squares = [], []
    for runs in (first, second):
        mean = sum(runs) / len(runs)
        means.append(mean)
        squares.append(sum((run - mean) ** 2 for run in runs) / (len(runs) - 1) / len(runs))
    difference, error = means[0] - means[1], sum(squares) ** 0.5
    return difference, error, (difference / error) ** 2 > 9


# 13.6

choosing = Exercise(
    "13.6", "Spot the leak: the best of many", difficulty=2, minutes=6, points=1,
    hints=[
        "Which of the two tables may decide, and which may only report?",
        "`valid.mean(1).argmax()` is the chosen net. Its row of `test` gives the score.",
    ],
)  # fmt: skip


@choosing.reference
def choose(valid, test):
    rows = [statistics.fmean(row) for row in valid.tolist()]
    best = max(range(len(rows)), key=rows.__getitem__)
    return best, statistics.fmean(test[best].tolist())


@choosing.cases
def _(rng):
    yield call(torch.tensor([[80.0, 82.0], [84.0, 84.0]]), torch.tensor([[85.0, 87.0], [80.0, 84.0]]))
    yield call(torch.tensor([[90.0, 70.0], [82.0, 84.0]]), torch.tensor([[81.0, 82.0], [79.0, 83.0]]))
    yield call(torch.tensor([[70.0], [71.0], [72.0]]), torch.tensor([[75.0], [79.0], [68.0]]))
    for nets, seeds in ((5, 3), (8, 2), (6, 4)):
        yield call(80 + 3 * normal(rng, nets, seeds), 82 + 3 * normal(rng, nets, seeds))


@choosing.mistake("The test pictures choose the net here, and then score it: that is the leak.")
def chosen_by_test(valid, test):
    best = test.mean(1).argmax().item()
    return best, test[best].mean().item()


@choosing.mistake("You report the score by which you chose. It is too good: of many, the lucky one was taken.")
def reported_on_valid(valid, test):
    best = valid.mean(1).argmax().item()
    return best, valid[best].mean().item()


@choosing.mistake("You report the best net on the test pictures, not the chosen one.")
def best_of_test(valid, test):
    return valid.mean(1).argmax().item(), test.mean(1).max().item()


@choosing.mistake("You choose by the luckiest single run. The mean over the seeds is steadier.")
def luckiest_run(valid, test):
    best = valid.amax(1).argmax().item()
    return best, test[best].mean().item()


@choosing.mistake("You report the best seed of the chosen net. All its seeds count.")
def best_seed(valid, test):
    best = valid.mean(1).argmax().item()
    return best, test[best].max().item()


@choosing.mistake("You choose by both tables together. The test pictures have no say in the choice.")
def both_tables(valid, test):
    best = (valid.mean(1) + test.mean(1)).argmax().item()
    return best, test[best].mean().item()


@choosing.alternative
def in_two_lines(valid, test):
    best = valid.mean(1).argmax()
    return best.item(), test.mean(1)[best].item()


@choosing.alternative
def by_sorting(valid, test):
    best = int(torch.argsort(valid.sum(1), descending=True)[0])
    return best, float(test[best].sum()) / test.shape[1]


@choosing.alternative
def by_a_loop(valid, test):
    best = 0
    for net in range(1, len(valid)):
        if sum(valid[net]) > sum(valid[best]):
            best = net
    return best, float(sum(test[best]) / len(test[best]))


# 13.7

cheats = Choice(
    "13.7", "Spot the cheats", "c", difficulty=2, minutes=4,
    why={
        "a": "The matrix is no parameter, but it is there, and the net computes with it: numbers that nobody counts.",
        "b": "In training mode it is a larger net. What runs is counted in both modes.",
        "d": "Its answer for a picture depends on which others are in the batch: no net to be used on one picture.",
    },
    because="One convolution used twice has its weights counted once and its work twice. That is a fair idea.",
    hints=["Which of them keeps all its numbers in parameters, and does the same whoever asks?"],
)  # fmt: skip

# 13.8

own = Exercise(
    "13.8", "Your net", difficulty=5, minutes=40, points=5, limit=60.0,
    hints=[
        "Begin with an entry you know, and change one thing at a time.",
        "Where are the numbers, where is the work? `shapes.ledger(Net(), (1, 1, 28, 28))` tells, layer by layer.",
        "Early layers work at many places, late ones have many weights. Halve the map where it costs you.",
    ],
)  # fmt: skip


@own.reference
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12)
        self.conv2, self.norm2 = nn.Conv2d(12, 24, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(24)
        self.conv3, self.norm3 = nn.Conv2d(24, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32)
        self.last = nn.Linear(32 * 4 * 4, 62)

    def forward(self, x):
        x = F.relu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        x = F.relu(self.norm3(self.conv3(F.relu(self.norm2(self.conv2(x))))))
        return self.last(x.flatten(1))


@own.probe
def _(make):
    if isinstance(make, type):
        make()  # a stub raises here, and is still to do
    report = capstone.inspect(make)
    if report.refused:
        raise Unfit(report.refused)
    return "admitted"


def _linear(hidden, outputs=62, last=None):
    def make():
        layers = nn.Flatten(), nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, outputs), *([last] if last else [])
        return nn.Sequential(*layers)

    return make


class _Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = _linear(30)()

    def forward(self, x):
        return self.net(x).argmax(1)


own.mistake("Look at the ledger: which layer holds most?", "too_large")(_linear(128))
own.mistake("A glyph is one of 10 digits, 26 capitals and 26 small letters.", "ten_classes")(_linear(30, 10))
own.mistake("Scores are asked for, one a class, as the loss needs them; not the class.", "class_itself")(_Odd)


@own.mistake("Start with 1 channel: the pictures are gray.")
def three_channels():
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 13 * 13, 62))


own.alternative(_linear(50))


@own.alternative
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 12, 5, 2, 2), nn.BatchNorm2d(12)
        self.head = nn.Linear(12 * 7 * 7, 62)

    def forward(self, x):
        return self.head(F.max_pool2d(F.relu(self.norm(self.conv(x))), 2).flatten(1))


own.alternative(capstone.ENTRIES["LeNet"][0])
own.alternative(capstone.ENTRIES["separable"][0])

# Recall

fair = Choice(
    "13.9", "Recall: a fair winner", "b", difficulty=1, minutes=1,
    why={
        "a": "One run each: luck of a seed can be larger than 0.3 points.",
        "c": "The best of five runs is luck, and here one net had five chances and the other three.",
        "d": "Families it has learned from say nothing about new ones.",
    },
    because="Means over seeds, with errors that are small against the difference, on families nobody learned from.",
    hints=["What would change if you ran it again?"],
)  # fmt: skip

on_front = Choice(
    "13.10", "Recall: on the front", "d", difficulty=1, minutes=1,
    why={
        "a": "There can be a more accurate one; it only has to cost more.",
        "b": "There can be a cheaper one; it only has to be worse.",
        "c": "The front says nothing about how *much* better. It can be a bad bargain.",
    },
    because="To be beaten takes one entry that is as cheap and as good, and better in one of the two.",
    hints=["What does an entry that beats it have to be?"],
)  # fmt: skip

by_family = Choice(
    "13.11", "Recall: split by family", "a", difficulty=2, minutes=1,
    why={
        "b": "Every class is in both parts either way.",
        "c": "Both parts can be of any size, either way.",
        "d": "It makes the test harder, which is why the score is lower. That is not the aim: the aim is a true one.",
    },
    because="Characters of one family share stroke, slant and serifs. Who knows its E knows half of its F.",
    hints=["What do the characters of one family have in common?"],
)  # fmt: skip
