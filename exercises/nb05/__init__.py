"""Exercises of notebook 05: normalization.

The oracles are torch's own layers, autograd, and numpy.
"""
