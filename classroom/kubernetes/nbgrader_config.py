"""Where the exchange is in both images; classroom/nbgrader_config.py holds for them too."""

c = get_config()  # noqa: F821  nbgrader gives it

c.Exchange.root = "/srv/exchange"
c.CourseDirectory.course_id = "cnn"
