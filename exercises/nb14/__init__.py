"""Exercises of notebook 14: what keeps a net from learning by heart."""
