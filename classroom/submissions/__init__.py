"""What was handed in, and what of it is graded."""
