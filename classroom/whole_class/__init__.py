"""What all of a class gave, side by side."""
