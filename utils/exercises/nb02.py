"""Exercises of notebook 02, in its order: the shapes of a convolution, its arithmetic, what it sees and costs."""
# ruff: noqa: F401, I001

from utils.exercises.nb02_window import size, leftover, unseen, correlation, true_convolution, moving, same
from utils.exercises.nb02_layer import convolution, stride_bug, width_bug, edge_bug, testing
from utils.exercises.nb02_stack import (
    dilation, stack_shapes, endless, field_of_view, fading, composition, per_pixel, cost,
)
from utils.exercises.nb02_matrix import unfolding, one_matmul
from utils.exercises.nb02_backward import (
    bias_gradient, weight_gradient, cropping, input_gradient, doubling, stacking, going_back,
)
