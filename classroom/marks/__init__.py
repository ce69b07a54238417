"""What counts, from what was found: points, pages, files for a school's system."""
