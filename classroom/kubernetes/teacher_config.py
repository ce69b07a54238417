"""In the teacher's image: the course lies in the teacher's home, where the formgrader wants it."""

c = get_config()  # noqa: F821  nbgrader gives it

c.CourseDirectory.root = "/home/jovyan/cnn"
c.ExchangeCollect.check_owner = (
    False  # everybody's files belong to jovyan; gather.py looks whose folder they were in
)
