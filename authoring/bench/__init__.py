"""How fast the course is, as ratios that hold on any machine: `make bench`."""
