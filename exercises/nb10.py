"""Exercises of notebook 10, in its order: residual blocks, gradients through depth, shortcuts, highways."""
# ruff: noqa: F401, I001

from exercises.nb10_block import block, bugs, deeper, norm, turning
from exercises.nb10_depth import chain, decay, through
from exercises.nb10_shapes import changing, counting, narrow, padding, small_nets
from exercises.nb10_path import before, clean_path, gated, left, plain_depth, projections
