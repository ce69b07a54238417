"""Exercises of notebook 03: one, two and three dimensions by one definition."""
