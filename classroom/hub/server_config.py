"""For every server of the trial: nbgrader takes the name from the hub, as in a container."""

import nbgrader.utils

# The user's name in Jupyter's images; nbgrader then asks the hub.
nbgrader.utils.get_osusername = lambda: "jovyan"
