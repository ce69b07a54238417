"""Where a learner's code runs: it knows no right answer, and nobody else's work."""
