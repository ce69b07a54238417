"""Exercises of notebook 11: squeeze-and-excitation, and searching for architectures."""
