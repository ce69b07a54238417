"""Exercises of notebook 04: pooling forward and backward, its output size, global and anti-aliased
pooling.
"""
