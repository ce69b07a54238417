"""What a training loop does again and again, as a ring: recorded while it runs."""

import contextlib
from collections.abc import Callable, Iterator
from unittest import mock

from torch.nn import Module
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode

from utils.draw.labels import name_of
from utils.draw.picture import Picture
from utils.draw.svg import LETTER, LINE, SOFT, arrow, block, sheet, text
from utils.plots import BLUE, GRAY, GREEN, ORANGE, PURPLE

FORWARD, LOSS = ("a batch through the net", "net(x)"), ("the loss", "")
ZERO = ("gradients back to zero", "optimizer.zero_grad()")
BACKWARD, STEP = ("gradients", "loss.backward()"), ("weights move", "optimizer.step()")
COLORS = {FORWARD: BLUE, LOSS: GREEN, ZERO: GRAY, BACKWARD: ORANGE, STEP: PURPLE}
HIGH, GAP, ASIDE = 2 * LINE + 8, 30, 70  # px: a box, between two, for the way back
Event = tuple[str, str]


def cycle(run: Callable[[], object], *, title: str = "") -> Picture:
    """What the loop in `run()` does for each batch, in its order, and from the end to the start.

    Noted are forward passes, losses, `backward`, and what an optimizer does. `run` is called once
    and must train for two batches or more. Raises ValueError where nothing is done again.
    """
    ring = _ring(_recorded(run))
    wide = max(len(word) for event in ring for word in event) * LETTER + 16
    parts = [part for place, event in enumerate(ring) for part in _box(place, event, wide)]
    end = len(ring) * (HIGH + GAP) - GAP
    parts += _back(wide, end)
    words = "; then ".join(filter(None, (", ".join(filter(None, event)) for event in ring)))
    alt = f"A ring: {words}; and with the next batch from the start."
    return Picture(sheet(wide + ASIDE, end + GAP, parts, alt), alt, title)


def _recorded(run: Callable[[], object]) -> list[Event]:
    """What happens in `run()`, in order; what happens inside of a net or optimizer is left out."""
    events: list[Event] = []
    with _hooks(events), _Functions(events):
        run()
    return events


class _Functions(TorchFunctionMode):
    """Notes losses and `backward`."""

    def __init__(self, events: list[Event]):
        super().__init__()
        self.events = events

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = name_of(function)
        if name == "backward":
            self.events.append(BACKWARD)
        if name == "cross_entropy" or name.endswith("_loss"):
            self.events.append((LOSS[0], f"F.{name}"))
        return function(*args, **(kwargs or {}))


@contextlib.contextmanager
def _hooks(events: list[Event]) -> Iterator[None]:
    inside = set()  # the parts of nets that ran: a net's own are not noted

    def forward(module: Module, args: tuple) -> None:
        if module not in inside and type(module).__module__ != "torch.nn.modules.loss":
            inside.update(set(module.modules()) - {module})
            events.append(FORWARD)

    zero = Optimizer.zero_grad

    def to_zero(self, *args, **options) -> None:
        events.append(ZERO)
        zero(self, *args, **options)

    step = register_optimizer_step_pre_hook(lambda *_: events.append(STEP))
    with register_module_forward_pre_hook(forward), step:
        with mock.patch.object(Optimizer, "zero_grad", to_zero):
            yield


def _ring(events: list[Event]) -> list[Event]:
    """The shortest part that the events end with twice, from its forward pass on."""
    for size in range(1, len(events) // 2 + 1):
        if events[-size:] == events[-2 * size : -size]:
            ring = events[-size:]
            start = ring.index(FORWARD) if FORWARD in ring else 0
            return ring[start:] + ring[:start]
    raise ValueError("Nothing here is done again for another batch; train for two or more.")


def _box(place: int, event: Event, wide: float) -> list[str]:
    """A box of the ring, and the arrow to it from the one above."""
    top, color = place * (HIGH + GAP), COLORS.get(event, COLORS[LOSS])
    lines = [word for word in event if word]
    first = top + HIGH / 2 - LINE * (len(lines) - 1) / 2
    words = [
        text(wide / 2, first + LINE * row, line, SOFT * row) for row, line in enumerate(lines)
    ]
    down = [arrow([(wide / 2, top - GAP), (wide / 2, top)])] if place else []
    return [*down, block(wide / 2, top, wide, HIGH, color), *words]


def _back(wide: float, end: float) -> list[str]:
    """The way from the last box to the first, on their right side."""
    low, high, far = round(end - HIGH / 2), round(HIGH / 2), round(wide + 36)
    near = round(wide)
    path = f"M{near} {low}C{far + 20} {low} {far + 20} {high} {near + 4} {high}"
    head = f"M{near + 8} {high - 4}L{near + 1} {high}L{near + 8} {high + 4}Z"
    look = 'fill="none" stroke="currentColor" stroke-opacity=".65" stroke-width="1.5"'
    words = text(wide / 2, end + GAP / 2, "and the next batch")
    return [f'<path d="{path}" {look}/>', f'<path d="{head}"/>', words]
