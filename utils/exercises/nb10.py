"""Exercises of notebook 10, in its order: residual blocks, gradients through depth, shortcuts, highways."""
# ruff: noqa: F401, I001

from utils.exercises.nb10_block import deeper, block, bugs, norm, turning
from utils.exercises.nb10_depth import chain, through, decay
from utils.exercises.nb10_shapes import padding, changing, narrow, counting, small_nets
from utils.exercises.nb10_path import left, gated, before, projections, plain_depth, clean_path
