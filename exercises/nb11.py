"""Exercises of notebook 11, in its order: squeeze-and-excitation, a search space, ways through it, NASNet-A, Swish."""
# ruff: noqa: F401, I001

from exercises.nb11_gates import block, effect, extra, gate, residual
from exercises.nb11_search import aging, baseline, control, counting, drawing, order, policy
from exercises.nb11_nets import cell, counted, swish_and_slope, when_random_is_enough, why_a_baseline, why_cells
