"""What nbgrader has to know of this course, for the teacher and for the students: copy it beside
`source/`.

The notebooks come without solutions already, so nbgrader must not take out any: for a cell without
solution markers it would put its own line in the place of the whole stub.
"""

from nbgrader import preprocessors as steps

c = get_config()  # noqa: F821  nbgrader gives it

c.GenerateAssignment.preprocessors = [
    steps.LockCells,
    steps.ClearOutput,
    steps.CheckCellMetadata,
    steps.ComputeChecksums,
    steps.SaveCells,
]

# One line on stderr (a warning of a library) would cost the points of a check.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = ".*"
c.ExecutePreprocessor.timeout = 120
