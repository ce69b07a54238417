"""Exercises of notebook 08: AlexNet and VGG, where their parameters and memory sit, dropout."""
