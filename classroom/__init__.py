"""For teachers: grading a folder of submitted notebooks. See README.md in this folder."""
