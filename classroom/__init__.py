"""For teachers: assignments, the grader, hubs. See README.md in this folder."""
