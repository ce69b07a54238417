"""Exercise 7.12: turn, zoom and move."""

import functools
from unittest import mock

import torch
import torch.nn.functional as F

from checker.exercise import Exercise, call, whole
from exercises.nb07.shared import numbers

affine = Exercise(
    "7.12",
    "Turn, zoom and move",
    difficulty=4,
    minutes=30,
    core=False,
    points=3,
    hints=[
        (
            "`F.affine_grid` takes, for each place of the new picture, the place in the old one:"
            " the motion undone."
        ),
        "Undo in reverse order: take the shift off, turn back, divide by the zoom.",
        "Its unit is half a picture: `right` pixels are `2 * right / size`.",
        (
            "With c = cos, s = sin: the matrix is [[c, -s], [s, c]] / zoom; the last column is"
            " minus matrix times shift."
        ),
    ],
)


@affine.reference
def warp(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down)


@affine.cases
def _(rng):
    x = whole(rng, 1, 1, 4, 4, low=0, high=9)
    yield call(x, numbers(0), numbers(1), numbers(1), numbers(0))
    yield call(x, numbers(0), numbers(1), numbers(0), numbers(1))
    yield call(x, numbers(90), numbers(1), numbers(0), numbers(0))
    yield call(x, numbers(0), numbers(2), numbers(0), numbers(0))
    yield call(x, numbers(90), numbers(1), numbers(1), numbers(0))
    yield call(
        whole(rng, 3, 2, 6, 6, low=0, high=9),
        numbers(10, -30, 75),
        numbers(1, 1.5, 0.7),
        numbers(1, 0, -2),
        numbers(0, 1.5, 1),
    )
    yield call(
        whole(rng, 2, 1, 28, 28, low=0, high=9),
        numbers(15, -15),
        numbers(1.1, 0.9),
        numbers(3, -2),
        numbers(-2, 0.5),
    )


def _warp(x, angle, zoom, right, down, *, back=-1, unit=2, inside=True, corners=False):
    """By torch's grid; the options are the usual slips."""
    c, s = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    matrix = torch.stack([torch.stack([c, -s], 1), torch.stack([s, c], 1)], 1)
    shift = back * torch.stack([right, down], 1)[:, :, None] * (unit / x.shape[-1] if unit else 1)
    theta = torch.cat([matrix, matrix @ shift if inside else shift], 2)
    return F.grid_sample(
        x, F.affine_grid(theta, x.shape, align_corners=corners), align_corners=corners
    )


@affine.mistake("You take the angle in radians. It comes in degrees.")
def radians(x, angle, zoom, right, down):
    return _warp(x, angle, zoom, right, down)


@affine.mistake("Your pictures turn clockwise. They should turn counterclockwise.")
def clockwise(x, angle, zoom, right, down):
    return _warp(x, -angle.deg2rad(), zoom, right, down)


@affine.mistake(
    "A zoom of 2 makes your digit half as large. The grid says where to read: nearer the middle."
)
def zoom_inverted(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), 1 / zoom, right, down)


@affine.mistake(
    "Your pictures move the other way. The grid says where to read: to move right, read further"
    " left."
)
def other_way(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, back=1)


@affine.mistake("You exchanged `right` and `down`.")
def right_for_down(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, down, right)


@affine.mistake("Your pictures move up where they should move down.")
def down_is_up(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, -down)


@affine.mistake("Your pictures move to the left where they should move to the right.")
def right_is_left(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, -right, down)


@affine.mistake("Your pictures do not move: `right` and `down` change nothing.")
def not_moved(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, 0 * right, 0 * down)


@affine.mistake("Your pictures are zoomed and moved, and not turned.")
def not_turned(x, angle, zoom, right, down):
    return _warp(x, 0 * angle, zoom, right, down)


@affine.mistake("Your pictures are turned and moved, and not zoomed.")
def not_zoomed(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), torch.ones_like(zoom), right, down)


@affine.mistake(
    "Your move is zoomed with the picture: at a zoom of 2, `right` moves by twice as many pixels."
)
def move_zoomed(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, zoom * right, zoom * down)


@affine.mistake("You gave the grid parts of `size - 1` pixels. The picture is `size` pixels wide.")
def one_pixel_less(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, unit=2 * x.shape[-1] / (x.shape[-1] - 1))


@affine.mistake("You gave the grid pixels. Its unit is half a picture.")
def in_pixels(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, unit=None)


@affine.mistake(
    "You gave the grid parts of a picture. It runs from -1 to 1, so a picture is 2 wide."
)
def whole_picture(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, unit=1)


@affine.mistake(
    "Your shift happens before the turn and the zoom, so it is turned and zoomed as well. Turn,"
    " zoom, then move."
)
def moved_first(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, inside=False)


@affine.mistake(
    "You have `align_corners=True`. With it the grid runs between the middles of the corner"
    " pixels, and the unit is another."
)
def corners(x, angle, zoom, right, down):
    return _warp(x, angle.deg2rad(), zoom, right, down, corners=True)


@affine.mistake("All pictures move like the first one. Each has its own numbers.")
def first_for_all(x, angle, zoom, right, down):
    return _warp(x, *(part[:1].expand(len(x)) for part in (angle.deg2rad(), zoom, right, down)))


@affine.mistake("You read the nearest pixel. Read by linear interpolation, the default.")
def nearest(x, angle, zoom, right, down):
    with mock.patch.object(F, "grid_sample", functools.partial(F.grid_sample, mode="nearest")):
        return _warp(x, angle.deg2rad(), zoom, right, down)


@affine.mistake("Outside the picture you repeat its border. There are zeros.")
def border(x, angle, zoom, right, down):
    sample = functools.partial(F.grid_sample, padding_mode="border")
    with mock.patch.object(F, "grid_sample", sample):
        return _warp(x, angle.deg2rad(), zoom, right, down)


@affine.alternative
def by_hand(x, angle, zoom, right, down):
    """By hand: where each new pixel comes from, and the mean of its four neighbors there, weighted
    by closeness.
    """
    size = x.shape[-1]
    middle = (torch.arange(size, dtype=x.dtype) + 0.5) - size / 2
    v, u = (
        grid[None] - shift[:, None, None]
        for grid, shift in zip(torch.meshgrid(middle, middle, indexing="ij"), (down, right))
    )
    c, s = (f(torch.deg2rad(angle))[:, None, None] for f in (torch.cos, torch.sin))
    column, row = ((c * u - s * v) / zoom[:, None, None], (s * u + c * v) / zoom[:, None, None])
    return _read_at(x, row + size / 2 - 0.5, column + size / 2 - 0.5)


def _read_at(x, row, column):
    """x (N, C, S, S) at fractional places (N, S, S), zero outside."""
    size, result = x.shape[-1], torch.zeros_like(x)
    for r in (row.floor(), row.floor() + 1):
        for c in (column.floor(), column.floor() + 1):
            weight = (1 - (row - r).abs()) * (1 - (column - c).abs())
            weight = weight * ((r >= 0) & (r < size) & (c >= 0) & (c < size))
            at = (
                (r.clamp(0, size - 1) * size + c.clamp(0, size - 1))
                .long()
                .flatten(1)[:, None]
                .expand(-1, x.shape[1], -1)
            )
            result += weight[:, None] * x.flatten(2).gather(2, at).reshape(x.shape)
    return result


@affine.alternative
def by_inverse(x, angle, zoom, right, down):
    forward = torch.eye(3).repeat(len(x), 1, 1)
    c, s = angle.deg2rad().cos() * zoom, angle.deg2rad().sin() * zoom
    forward[:, 0, 0], forward[:, 0, 1], forward[:, 1, 0], forward[:, 1, 1] = c, s, -s, c
    forward[:, 0, 2], forward[:, 1, 2] = 2 * right / x.shape[-1], 2 * down / x.shape[-1]
    theta = torch.linalg.inv(forward)[:, :2]
    return F.grid_sample(
        x, F.affine_grid(theta, list(x.shape), align_corners=False), align_corners=False
    )


@affine.alternative
def picture_by_picture_warped(x, angle, zoom, right, down):
    size, done = x.shape[-1], []
    axis = (2 * torch.arange(size) + 1) / size - 1
    for one, a, z, r, d in zip(x, angle.deg2rad(), zoom, right, down):
        u, v = axis[None, :] - 2 * r / size, axis[:, None] - 2 * d / size
        grid = torch.stack([(a.cos() * u - a.sin() * v) / z, (a.sin() * u + a.cos() * v) / z], 2)
        done.append(F.grid_sample(one[None], grid[None], align_corners=False))
    return torch.cat(done)


affine.demand("turn the content by angle degrees", violated_by="radians")
affine.demand("counterclockwise as you see it", violated_by="clockwise")
affine.demand("(2 makes it twice as large)", violated_by="zoom_inverted")
affine.demand("then move it", violated_by="moved_first")
affine.demand("right and down by pixels", violated_by="in_pixels")
affine.demand("Read by linear interpolation", violated_by="nearest")
affine.demand("zeros outside", violated_by="border")
