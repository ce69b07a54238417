"""Exercises of notebook 11, in its order: squeeze-and-excitation, a search space, ways through it, NASNet-A, Swish."""
# ruff: noqa: F401, I001

from utils.exercises.nb11_gates import gate, block, residual, extra, effect
from utils.exercises.nb11_search import counting, order, drawing, control, policy, baseline, aging
from utils.exercises.nb11_nets import (
    cell, counted, swish_and_slope, why_cells, why_a_baseline, when_random_is_enough,
)
