"""Exercises of notebook 07: LeNet-5 three ways, the training loop, looking inside."""
