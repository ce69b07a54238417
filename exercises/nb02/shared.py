"""What several exercises of notebook 02 use."""

import torch
import torch.nn.functional as F

from checker.exercise import call, normal, whole


def conv_cases(rng):
    """From the plain case to all at once; the sizes are those that catch what learners write."""

    def case(x, w, bias=False, **options):
        return call(
            whole(rng, *x), whole(rng, *w), *([whole(rng, w[0], low=1)] if bias else []), **options
        )

    yield call(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), torch.tensor([[[[1.0, 10.0]]]]))
    yield case((1, 1, 3, 3), (1, 1, 2, 2))
    yield case((1, 1, 2, 4), (1, 1, 2, 2))
    yield case((1, 1, 4, 2), (1, 1, 2, 1))
    yield case((1, 1, 2, 2), (1, 1, 1, 1), bias=True)
    yield case((1, 2, 2, 2), (1, 2, 2, 2))
    yield case((1, 1, 2, 2), (2, 1, 2, 2), bias=True)
    yield case((2, 1, 2, 3), (1, 1, 2, 2))
    yield case((1, 1, 3, 3), (1, 1, 1, 1), stride=2)
    yield case((1, 1, 4, 5), (1, 1, 2, 2), stride=2)
    yield case((1, 1, 5, 7), (1, 1, 1, 2), stride=3)
    yield case((1, 1, 5, 5), (1, 1, 3, 3), stride=3, padding=1)  # leftovers that make a step
    yield case((1, 1, 2, 2), (1, 1, 2, 2), padding=1)
    yield case((1, 1, 2, 3), (1, 1, 3, 2), padding=2)
    yield case((2, 3, 5, 4), (2, 3, 2, 4), True, stride=2, padding=1)
    yield case((2, 2, 6, 8), (3, 2, 3, 3), True, stride=2, padding=0)
    yield case((1, 3, 7, 6), (4, 3, 4, 2), True, stride=3, padding=2)
    low, high = [1, 1, 1, 4, 4, 1, 1, 1, 0], [4, 4, 5, 9, 9, 5, 5, 4, 3]
    for n, c, f, h, width, kh, kw, s, p in rng.integers(low, high, (3, 9)):
        yield call(
            normal(rng, n, c, h, width), normal(rng, f, c, kh, kw), normal(rng, f), int(s), int(p)
        )


def zeros_around(x, padding):
    return F.pad(x, (padding,) * 4)


def places_along(n, k, stride, padding):
    """Window positions along one axis."""
    return (n + 2 * padding - k) // stride + 1


def places(x, w, stride, padding):
    """Output height and width."""
    return [places_along(n, k, stride, padding) for n, k in zip(x.shape[2:], w.shape[2:])]
