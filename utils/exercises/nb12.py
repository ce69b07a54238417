"""Exercises of notebook 12, in its order: pictures and features of a trained net, then moving it to other classes."""
# ruff: noqa: F401, I001

from utils.exercises.nb12_looking import preprocessing, order, top, places, extraction, nearest
from utils.exercises.nb12_moving import (
    head, left, freezing, statistics, groups, optimizing, few, negative, lower_rate, recipe, prediction,
)
