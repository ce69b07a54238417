"""Who the students are, and the numbers that differ by student."""
