"""Exercises of notebook 15: dense, grouped, depthwise and wide nets."""
