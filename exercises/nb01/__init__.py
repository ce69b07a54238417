"""Exercises of notebook 01: fully connected layers and convolutions, counted, compared and
built.
"""
