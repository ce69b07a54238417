"""Exercises of notebook 12, in its order: pictures and features of a trained net, then moving it to other classes."""
# ruff: noqa: F401, I001

from exercises.nb12_looking import extraction, nearest, order, places, preprocessing, top
from exercises.nb12_moving import few, freezing, groups, head, left, lower_rate, negative, optimizing, prediction, recipe, statistics
