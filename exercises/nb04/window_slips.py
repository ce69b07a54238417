"""Slips of the window that any pooling may have: its sides, its places, its padding."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from torch.nn import functional as F


@dataclass(frozen=True)
class Slip:
    """A pooling with one thing of its windows wrong.

    `sides` are those of a window, `counted` those that the size is counted with, from a picture
    whose sides are `seen`; `steps` is how far a window moves, `pad` how many places are added at
    either end, down and across.
    """

    sentence: str
    sides: Callable = lambda kernel: kernel
    counted: Callable = lambda kernel: kernel
    size: Callable = lambda n, k, stride: (n - k) // stride + 1
    seen: Callable = lambda sides, padding: sides
    steps: Callable = lambda stride, kernel: (stride, stride)
    pad: Callable = lambda padding, kernel: (padding, padding)

    def pooling(self, reduce, fill: float):
        """The attempt; a window that hangs over the edge is cut off there."""

        def pool(x, kernel, stride, padding=0):
            down, right = self.pad(padding, kernel)
            x = F.pad(x, (right, right, down, down), value=fill)
            sides = self.seen(x.shape[2:], padding)
            sizes = [self.size(*one, stride) for one in zip(sides, self.counted(kernel))]
            return _filled(x, sizes, self.sides(kernel), self.steps(stride, kernel), reduce)

        return pool


def _filled(x, sizes, sides, steps, reduce):
    out = x.new_zeros(*x.shape[:2], *sizes)
    for i, j in itertools.product(*map(range, sizes)):
        top, left = i * steps[0], j * steps[1]
        window = x[:, :, top : top + sides[0], left : left + sides[1]]
        out[:, :, i, j] = reduce(window, dim=(2, 3))
    return out


SLIPS = {
    "square_of_the_height": Slip(
        "Your window is square, `kernel[0]` on both sides. Make it `kernel[1]` wide.",
        sides=lambda kernel: (kernel[0], kernel[0]),
        counted=lambda kernel: (kernel[0], kernel[0]),
    ),
    "square_of_the_width": Slip(
        "Your window is square, `kernel[1]` on both sides. Make it `kernel[0]` high.",
        sides=lambda kernel: (kernel[1], kernel[1]),
        counted=lambda kernel: (kernel[1], kernel[1]),
    ),
    "square_in_the_windows": Slip(
        "The size of your output is right. Your windows are square, `kernel[0]` on both sides.",
        sides=lambda kernel: (kernel[0], kernel[0]),
    ),
    "square_in_the_size": Slip(
        "Your windows are right. The width of your output is that for windows `kernel[0]` wide.",
        counted=lambda kernel: (kernel[0], kernel[0]),
    ),
    "rounded_up": Slip(
        "Your size is rounded up, so your last windows hang over the edge. Drop them.",
        size=lambda n, k, stride: -(-(n - k) // stride) + 1,
    ),
    "rounded": Slip(
        "Your size is rounded to the nearest. A window that fits by half does not fit.",
        size=lambda n, k, stride: round((n - k) / stride) + 1,
    ),
    "last_window_lost": Slip(
        "Your output lacks its last row and column: the first position counts too.",
        size=lambda n, k, stride: (n - k) // stride,
    ),
    "size_of_stride_1": Slip(
        "Your output has as many places as with a stride of 1. Some of those windows do not fit.",
        size=lambda n, k, stride: n - k + 1,
    ),
    "size_divided_by_the_window": Slip(
        "Your output has as many places as windows side by side, whatever `stride` is.",
        size=lambda n, k, stride: n // k,
    ),
    "size_divided": Slip(
        "Your size is that of the picture divided by the stride. Some of those windows do not fit:"
        " drop them.",
        size=lambda n, k, stride: n // stride,
    ),
    "stride_not_in_windows": Slip(
        "The size of your output knows the stride, your windows do not: they start at i, j.",
        steps=lambda stride, kernel: (1, 1),
    ),
    "stride_not_in_columns": Slip(
        "Your windows start at row `i * stride`, but at column `j`. Multiply j by it as well.",
        steps=lambda stride, kernel: (stride, 1),
    ),
    "height_for_width": Slip(
        "Your output is as wide as if the picture were as wide as it is high.",
        seen=lambda sides, padding: (sides[0], sides[0]),
    ),
    "square_output": Slip(
        "Your output has as many columns as rows. Count the columns by themselves.",
        seen=lambda sides, padding: (sides[0], sides[0]),
        counted=lambda kernel: (kernel[0], kernel[0]),
    ),
}

PADDING_SLIPS = {
    "padding_of_one": Slip(
        "You always pad by 1, whatever `padding` says.", pad=lambda padding, kernel: (1, 1)
    ),
    "padding_of_half_a_window": Slip(
        "You pad by half a window, whatever `padding` says.",
        pad=lambda padding, kernel: (kernel[0] // 2, kernel[1] // 2),
    ),
    "size_without_padding": Slip(
        "Your picture is padded. The size of your output is counted without the padding.",
        seen=lambda sides, padding: [side - 2 * padding for side in sides],
    ),
}
