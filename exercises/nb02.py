"""Exercises of notebook 02, in its order: the shapes of a convolution, its arithmetic, what it sees and costs."""
# ruff: noqa: F401, I001

from exercises.nb02_window import correlation, leftover, moving, same, size, true_convolution, unseen
from exercises.nb02_layer import convolution, edge_bug, stride_bug, testing, width_bug
from exercises.nb02_stack import composition, cost, dilation, endless, fading, field_of_view, per_pixel, stack_shapes
from exercises.nb02_matrix import one_matmul, unfolding
from exercises.nb02_backward import bias_gradient, cropping, doubling, going_back, input_gradient, stacking, weight_gradient
