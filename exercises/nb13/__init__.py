"""Exercises of notebook 13: a net under a budget, and honest comparison."""
