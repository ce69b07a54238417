"""A JupyterHub for trying, on this machine alone. classroom.hub starts it and sets the variables
that it reads.

Everybody's server runs as the same user of this machine, so students are *not* kept apart here.
Where it is meant in earnest, each runs in a container of its own (../kubernetes) or as a user of
the system.
"""

import os
import signal
import sys
import threading
from pathlib import Path

c = get_config()  # noqa: F821  jupyterhub gives it

FOLDER = Path(os.environ["CLASSROOM_FOLDER"])
HUB, PROXY, PROXY_API = (int(port) for port in os.environ["CLASSROOM_PORTS"].split())
PROGRAMS = Path(sys.executable).parent
STUDENTS = os.environ["CLASSROOM_STUDENTS"].split()

c.JupyterHub.bind_url = f"http://127.0.0.1:{PROXY}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{HUB}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PROXY_API}"
c.ConfigurableHTTPProxy.command = [str(PROGRAMS / "configurable-http-proxy")]
c.JupyterHub.db_url = f"sqlite:///{FOLDER}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
c.JupyterHub.log_level = "WARN"

c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = os.environ["CLASSROOM_PASSWORD"]
c.Authenticator.allowed_users = {"teacher", *STUDENTS}

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "homes" / "{username}")
c.Spawner.cmd = [str(PROGRAMS / "jupyterhub-singleuser"), "--allow-root", "--log-level=WARN"]
c.Spawner.ip = "127.0.0.1"
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
c.JupyterHub.concurrent_spawn_limit = (
    4  # so that thirty at once do not wait for each other until all give up
)


def before_start(spawner):
    """The same files for all; the teacher's gets the course, the students' none of its tools."""
    who = "teacher" if spawner.user.name == "teacher" else "student"
    spawner.environment = {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(
            [str(FOLDER / "config" / who), str(FOLDER / "config" / "all")]
        ),
        "JUPYTER_PATH": str(FOLDER / "share"),
        "PATH": os.pathsep.join(
            [str(PROGRAMS), os.environ["PATH"]]
        ),  # nbgrader calls alembic by its name
    }


c.Spawner.pre_spawn_hook = before_start

# The simulated students come in by this: it may start servers and do what their owners do.
c.JupyterHub.services = [{"name": "simulation", "api_token": os.environ["CLASSROOM_TOKEN"]}]
c.JupyterHub.load_roles = [
    {
        "name": "simulation",
        "services": ["simulation"],
        "scopes": ["admin:users", "admin:servers", "access:servers"],
    }
]

# Whatever becomes of the program that started this: nothing here outlives its time.
ending = threading.Timer(
    float(os.environ["CLASSROOM_SECONDS"]), os.kill, (os.getpid(), signal.SIGTERM)
)
ending.daemon = True
ending.start()
