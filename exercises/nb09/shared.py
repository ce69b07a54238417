"""What several exercises of notebook 09 use."""

import torch.nn.functional as F


def max3(x):
    return F.max_pool2d(x, 3, 1, 1)


def same(x):
    return x
