"""Exercises of notebook 10: residual blocks, gradients through depth, shortcuts, highways."""
