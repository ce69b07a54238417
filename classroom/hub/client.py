"""Talks to a hub and to the servers behind it, as a browser of a student would."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

PATIENCE = 120  # seconds for one answer


@dataclass(frozen=True)
class Hub:
    """The hub at `address`; `token` is of a service that may act for all."""

    address: str
    token: str

    def ask(self, method: str, path: str, form: dict | None = None, body=None):
        """The answer, read as JSON. Raises urllib.error.URLError."""
        data = (
            urlencode(form).encode()
            if form
            else json.dumps(body).encode()
            if body is not None
            else None
        )
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        headers = {"Authorization": f"token {self.token}", "Content-Type": kind}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def is_up(self) -> bool:
        try:
            return bool(self.ask("GET", "/hub/api/"))
        except (OSError, ValueError):
            return False

    def start(self, name: str, until: float) -> None:
        """Start the server of a user and wait for it. Raises TimeoutError."""
        self._ask_to_start(name, until)
        while not self.ask("GET", f"/hub/api/users/{name}")["servers"].get("", {}).get("ready"):
            if time.monotonic() > until:
                raise TimeoutError(f"The server of {name} did not start.")
            time.sleep(0.5)

    def _ask_to_start(self, name, until):
        """A hub that starts enough others at the moment says 429, which means later."""
        while True:
            try:
                return self.ask("POST", f"/hub/api/users/{name}/server", body={})
            except urllib.error.HTTPError as error:
                if error.code != 429 or time.monotonic() > until:
                    raise
            time.sleep(2)


@dataclass(frozen=True)
class Student:
    """A student at their own server."""

    hub: Hub
    name: str
    course: str

    def ask(self, method, path, **rest):
        return self.hub.ask(method, f"/user/{self.name}{path}", **rest)

    def act(self, action: str, assignment: str) -> list[dict]:
        """Fetch, submit or fetch_feedback, by the buttons of the assignment list.

        Raises RuntimeError.
        """
        form = {"course_id": self.course, "assignment_id": assignment}
        answer = self.ask("POST", f"/assignments/{action}", form=form)
        if not answer["success"]:
            raise RuntimeError(f"{self.name}, {action}: {answer['value']}")
        return answer["value"]

    def has(self, path: str) -> bool:
        """Whether there is such a page at their server."""
        try:
            self.ask("GET", path)
        except urllib.error.HTTPError as error:
            return error.code != 404
        except ValueError:
            pass  # a page, and not JSON
        return True

    def read(self, path: Path) -> dict:
        return self.ask("GET", f"/api/contents/{quote(path.as_posix())}")["content"]

    def save(self, path: Path, notebook: dict) -> None:
        form = {"type": "notebook", "format": "json", "content": notebook}
        self.ask("PUT", f"/api/contents/{quote(path.as_posix())}", body=form)


@dataclass(frozen=True)
class Teacher:
    """The teacher at the formgrader."""

    hub: Hub

    def submissions(self, assignment: str) -> list[dict]:
        """As the formgrader lists them."""
        path = f"/user/teacher/formgrader/api/submissions/{assignment}"
        return self.hub.ask("GET", path)

    def act(self, action: str, assignment: str) -> None:
        """Assign, release or collect, or release_feedback. Raises RuntimeError."""
        answer = self.hub.ask(
            "POST", f"/user/teacher/formgrader/api/assignment/{assignment}/{action}", body={}
        )
        if not answer["success"]:
            raise RuntimeError(f"teacher, {action}: {answer.get('error')} {answer.get('log', '')}")
