"""`train.fit`, with its progress bar, against a bare loop that does the same steps."""

import contextlib
import io
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from authoring.bench.measurement import Measurement, ratios
from utils import data, train
from utils.models.lenet import lenet

PAIRS, EPOCHS, LR = 31, 2, 0.004
MOST = {64: 1.03, 8: 1.10}  # by batch size
PICTURES = {64: 640, 8: 160}


def rows() -> Iterator[Measurement]:
    for batch, most in MOST.items():
        (x, y), _ = data.digits(PICTURES[batch], 0)
        if not torch.allclose(
            *map(torch.tensor, (looped(x, y, batch), fitted(x, y, batch))), rtol=1e-6
        ):
            raise RuntimeError(
                "fit and the bare loop did not do the same work: their losses differ."
            )
        both = [both_of(work, x, y, batch) for work in (fitted, looped)]
        yield Measurement(
            f"fit / bare loop, LeNet-5, batch {batch}", ratios(*both, PAIRS), most=most
        )


def both_of(work: Callable, *arguments) -> Callable[[], list[float]]:
    return lambda: work(*arguments)


def net() -> nn.Module:
    torch.manual_seed(0)
    return lenet("modern")


def looped(x: Tensor, y: Tensor, batch: int) -> list[float]:
    """The loop as one writes it by hand; `fit` has fused steps of Adam, which round otherwise."""
    model, losses = net(), []
    optimizer = torch.optim.Adam(model.parameters(), LR)
    steps = EPOCHS * -(-len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=steps)
    torch.manual_seed(0)
    for _ in range(EPOCHS):
        for places in torch.randperm(len(x)).split(batch):
            loss = cross_entropy(model(x[places]), y[places])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return losses


def fitted(x: Tensor, y: Tensor, batch: int) -> list[float]:
    model = net()
    with contextlib.redirect_stdout(io.StringIO()):  # the progress bar is drawn, and not seen
        options = train.Options(progress="fit")
        history = train.fit(model, (x, y), epochs=EPOCHS, lr=LR, batch=batch, options=options)
    return history.losses.tolist()
