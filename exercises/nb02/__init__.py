"""Exercises of notebook 02: the shapes of a convolution, its arithmetic, what it sees and costs,
the way back.
"""
