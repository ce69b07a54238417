"""Exercises 10.1, 10.2 and 10.5: what depth does, the block, a plain net turned residual."""

import copy
import functools

import torch
import torch.nn.functional as F
from torch import nn

from checker.exercise import Exercise, Module, Prediction, call, normal, whole
from exercises.nb10.shared import changed, conv, same, window
from exercises.variants import renamed
from utils import train
from utils.models import resnet

# 10.1

deeper = Prediction(
    "10.1",
    "Twenty plain layers or fifty-six?",
    "c",
    "abcd",
    difficulty=1,
    minutes=2,
    hints=["Whatever 20 layers compute, 56 could compute, too. Will training find it?"],
)


# 10.2

block = Module(
    "10.2",
    "The residual block",
    difficulty=2,
    minutes=10,
    points=2,
    hints=[
        (
            "Without bias and at same padding: `nn.Conv2d(channels, channels, 3, padding=1,"
            " bias=False)`."
        ),
        (
            "Keep `x`: you need it again at the end. ReLU stands in two places, between the layers"
            " and after the addition."
        ),
        "The last line is `return F.relu(x + change)`, and `change` ends with `self.norm2`.",
    ],
)


@block.reference
class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1, self.norm1 = conv(channels, channels, 3), nn.BatchNorm2d(channels)
        self.conv2, self.norm2 = conv(channels, channels, 3), nn.BatchNorm2d(channels)

    def forward(self, x):
        branch = nn.Sequential(self.conv1, self.norm1, nn.ReLU(), self.conv2, self.norm2)
        return resnet.Residual(branch, nn.Identity(), x.shape[1])(x)


@block.cases
def _(rng):
    yield call(1, inputs=normal(rng, 2, 1, 2, 2))
    yield call(3, inputs=normal(rng, 2, 3, 4, 5))
    yield call(2, inputs=3 * normal(rng, 4, 2, 3, 3))
    yield call(2, inputs=normal(rng, 2, 2, 5, 5))


def _block(join=lambda x, change: x + change, inner=F.relu, last=F.relu):
    def forward(self, x):
        change = self.norm2(self.conv2(inner(self.norm1(self.conv1(x)))))
        return last(join(x, change))

    return changed(block.answer, forward)


block.mistake(
    "You return the branch alone, as in a plain net. Add the input of the block.", "no_skip"
)(_block(lambda x, change: change))


block.mistake("You left out the ReLU after the addition.", "no_final_relu")(_block(last=same))


block.mistake("You subtract the branch from the input. Add them.", "subtraction")(
    _block(lambda x, change: x - change)
)


block.mistake("You subtract the input from the branch. Add them.", "subtraction_turned")(
    _block(lambda x, change: change - x)
)


block.mistake(
    "You put a ReLU on the shortcut, so what is negative in `x` is lost. Add `x` as it came.",
    "relu_on_the_identity_path",
)(_block(lambda x, change: x.relu() + change))


block.mistake(
    "Your last ReLU is on the branch, before the addition. It comes after the addition.",
    "relu_before_the_addition",
)(_block(lambda x, change: x + change.relu(), last=same))


block.mistake(
    "You put a ReLU on the branch, before the addition, as well as after it. Keep the one after"
    " it.",
    "relu_before_and_after",
)(_block(lambda x, change: x + change.relu()))


block.mistake("You left out the ReLU between the two layers.", "no_inner_relu")(_block(inner=same))


block.mistake("You take the mean of input and branch. Add them.", "mean")(
    _block(lambda x, change: (x + change) / 2)
)


block.mistake("You multiply input and branch. Add them.", "product")(
    _block(lambda x, change: x * change)
)


@block.mistake(
    "Your shortcut starts after the first layer. It starts from `x`, the input of the block."
)
class ShortcutFromInside(block.answer):
    def forward(self, x):
        inside = F.relu(self.norm1(self.conv1(x)))
        return F.relu(inside + self.norm2(self.conv2(inside)))


@block.mistake(
    "You add `x` before the second normalization, which then rescales it. Add it after."
)
class AddedBeforeTheNorm(block.answer):
    def forward(self, x):
        return F.relu(self.norm2(x + self.conv2(F.relu(self.norm1(self.conv1(x))))))


@block.mistake("You add the input after each of the two layers. Add it once, at the end.")
class AddedTwice(block.answer):
    def forward(self, x):
        inside = F.relu(x + self.norm1(self.conv1(x)))
        return F.relu(x + self.norm2(self.conv2(inside)))


@block.mistake("You use `norm1` twice and `norm2` never.")
class NormTwice(block.answer):
    def forward(self, x):
        return F.relu(x + self.norm1(self.conv2(F.relu(self.norm1(self.conv1(x))))))


@block.mistake("You use `conv1` twice and `conv2` never.")
class ConvTwice(block.answer):
    def forward(self, x):
        return F.relu(x + self.norm2(self.conv1(F.relu(self.norm1(self.conv1(x))))))


@block.mistake("You put the first ReLU before `norm1`. It comes after it.")
class ReluBeforeTheNorm(block.answer):
    def forward(self, x):
        return F.relu(x + self.norm2(self.conv2(self.norm1(F.relu(self.conv1(x))))))


@block.mistake(
    "Your convolutions have biases. The norm behind each takes any bias away again: `bias=False`."
)
class WithBiases(block.answer):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv1, self.conv2 = (conv(channels, channels, 3, bias=True) for _ in range(2))


@block.mistake("Your convolutions are not padded, so the branch is smaller than the input.")
class NotPadded(block.answer):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv1, self.conv2 = (nn.Conv2d(channels, channels, 3, bias=False) for _ in range(2))


block.mistake("Call the layers `conv1`, `norm1`, `conv2` and `norm2`.", "renamed")(
    renamed(block.answer, norm1="bn1", norm2="bn2")
)


block.alternative(_block())


@block.alternative
class AddedInPlace(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, stride=1, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, stride=1, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        identity = x
        out = self.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        out += identity
        return self.relu(out)


@block.alternative
class AddedByTorch(block.answer):
    def forward(self, x):
        y = self.norm1(self.conv1(x)).clamp(min=0)
        return torch.add(self.norm2(self.conv2(y)), x).clamp_min(0)


block.demand("`self.conv1`, `self.norm1`, ReLU, `self.conv2`, `self.norm2`", violated_by="renamed")
block.demand("`self.norm1`, ReLU", violated_by="no_inner_relu")
block.demand("convolutions without bias", violated_by="WithBiases")
block.demand("at same padding", violated_by="NotPadded")
block.demand("Add the input", violated_by="no_skip")
block.demand("then ReLU", violated_by="no_final_relu")


# 10.5

turning = Exercise(
    "10.5",
    "A plain net turned residual",
    difficulty=3,
    minutes=10,
    core=False,
    points=2,
    hints=[
        (
            "In `__init__` keep the list. In `forward` go through it in a loop, with x as what"
            " changes."
        ),
        (
            "Parameters are found only in modules that are attributes. For a list there is"
            " `nn.ModuleList(pieces)`."
        ),
        "In `forward`: `for piece in self.pieces: x = F.relu(x + piece(x))`.",
    ],
)


class _Turned(nn.Module):
    def __init__(self, pieces, step):
        super().__init__()
        self.pieces, self.step = nn.ModuleList(pieces), step

    def forward(self, x):
        first = x
        for piece in self.pieces:
            x = self.step(x, piece, first)
        return x


@turning.reference
class WithShortcuts(nn.Sequential):
    def __init__(self, pieces):
        super().__init__(*(resnet.Residual(piece, nn.Identity(), 0) for piece in pieces))


@turning.cases
def _(rng):
    yield call([window(rng, 1)], x=whole(rng, 1, 1, 2, 2))
    yield call([window(rng, 2), window(rng, 2)], x=normal(rng, 1, 2, 3, 3))
    yield call([window(rng, 3) for _ in range(4)], x=normal(rng, 2, 3, 4, 5))


@turning.probe
def _(attempt, pieces, x):
    net, x = attempt(pieces), x.requires_grad_()
    output = net(x)
    if not isinstance(output, torch.Tensor):
        return {"the net": output}
    output.square().sum().backward()
    known = {id(p) for piece in pieces for p in piece.parameters()}
    return {
        "the net": output,
        "the number of parameters that an optimizer finds": train.parameters(net),
        "how many of them are the pieces' own": sum(id(p) in known for p in net.parameters()),
        "the gradient of the input": x.grad,
    }


def _turned_said(case):
    return (
        f"`WithShortcuts([{', '.join(['Conv2d'] * len(case.args[0]))}])(x"
        f" {tuple(case.kwargs['x'].shape)})`"
    )


turning.say = _turned_said


def _turned(step):
    return lambda pieces: _Turned(pieces, step)


turning.mistake("Your net is still plain: you add nothing to what a piece gives.", "plain")(
    _turned(lambda x, piece, first: piece(x).relu())
)


turning.mistake(
    "You add the input of the whole net to each piece. Add what the piece itself read.",
    "first_input",
)(_turned(lambda x, piece, first: (first + piece(x)).relu()))


turning.mistake("You left out the ReLU after the addition.", "no_relu")(
    _turned(lambda x, piece, first: x + piece(x))
)


turning.mistake(
    "Your ReLU is on the piece. It comes after the addition.", "relu_before_the_addition"
)(_turned(lambda x, piece, first: x + piece(x).relu()))


turning.mistake("You subtract what a piece gives. Add it.", "subtraction")(
    _turned(lambda x, piece, first: (x - piece(x)).relu())
)


turning.mistake(
    "You put a ReLU on the shortcut, so what is negative in the net's input is lost.",
    "relu_on_the_shortcut",
)(_turned(lambda x, piece, first: (x.relu() + piece(x)).relu()))


turning.mistake(
    "Your pieces are copies, so the plain net and yours do not share their weights.", "copies"
)(
    lambda pieces: _Turned(
        [copy.deepcopy(piece) for piece in pieces], lambda x, piece, first: (x + piece(x)).relu()
    )
)


@turning.mistake("You have one shortcut around all pieces together. Every piece has its own.")
def one_around_all(pieces):
    def forward(self, x):
        y = x
        for piece in self.pieces[:-1]:
            y = piece(y).relu()
        return (x + self.pieces[-1](y)).relu()

    return changed(_Turned, forward)(pieces, None)


@turning.mistake(
    "You have one shortcut around all pieces together, and no ReLU between them. Every piece has"
    " its own shortcut and ReLU."
)
def one_around_a_sequence(pieces):
    return changed(_Turned, lambda self, x: (x + nn.Sequential(*self.pieces)(x)).relu())(
        pieces, None
    )


@turning.mistake(
    "Only the last piece counts in your net, and it reads the net's input. Hand on what came out"
    " of each piece."
)
def last_piece_only(pieces):
    return changed(_Turned, lambda self, x: (x + self.pieces[-1](x)).relu())(pieces, None)


@turning.mistake("Your net uses its first piece each time. Use them in turn.")
def first_piece_only(pieces):
    def forward(self, x):
        for _ in self.pieces:
            x = (x + self.pieces[0](x)).relu()
        return x

    return changed(_Turned, forward)(pieces, None)


@turning.mistake(
    "An optimizer finds none of the pieces' parameters in your net. `nn.ModuleList` shows them."
)
def hidden_in_a_list(pieces):
    class Net(nn.Module):
        def forward(self, x):
            for piece in pieces:
                x = (x + piece(x)).relu()
            return x

    return Net()


turning.alternative(_turned(lambda x, piece, first: F.relu(x + piece(x))))


@turning.alternative
def in_a_sequence(pieces):
    class Around(nn.Module):
        def __init__(self, piece):
            super().__init__()
            self.piece = piece

        def forward(self, x):
            return F.relu(self.piece(x) + x)

    return nn.Sequential(*[Around(piece) for piece in pieces])


@turning.alternative
class ByNames(nn.Module):
    def __init__(self, pieces):
        super().__init__()
        for place, piece in enumerate(pieces):
            setattr(self, f"piece{place}", piece)

    def forward(self, x):
        return functools.reduce(
            lambda y, piece: torch.clamp(y + piece(y), min=0), self.children(), x
        )


turning.demand("for each piece in turn", violated_by="first_piece_only")
turning.demand(r"\mathrm{ReLU}(x + \text{piece}(x))", violated_by="no_relu")
turning.demand("the pieces themselves, no copies", violated_by="copies")
turning.demand("an optimizer must find their parameters", violated_by="hidden_in_a_list")
