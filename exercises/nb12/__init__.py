"""Exercises of notebook 12: pretrained nets, features, freezing and tuning."""
