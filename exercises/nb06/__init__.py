"""Exercises of notebook 06: the first weights, and the activations and gradients they give."""
