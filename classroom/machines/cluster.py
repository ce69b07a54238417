"""Submissions graded on other machines, by the workers of a Dask scheduler.

Dask itself sends on what a dead worker had. A worker with another version of the course, or that
misjudges a notebook of ours, is sent away. What else is not believed is `Lost`, and graded here.
"""

import logging
from collections import Counter
from collections.abc import Iterator

from distributed import CancelledError, Client, Future, KilledWorker, wait

from classroom.judging.examine import Terms
from classroom.machines import remote
from classroom.machines.pool import Lost
from classroom.records.results import Result
from classroom.submissions.collect import Submission
from course.paths import Complaint

PATIENCE = 60  # seconds for a scheduler, and for a worker where there is none
LOOK = 5  # seconds between two looks whether there is one
AHEAD = 2  # submissions that are on their way, for each thread of a worker
logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters, the command says


def _graded(order: dict) -> tuple[str, dict]:
    """In a worker: its address and its answer. Raises ModuleNotFoundError where there is no
    course.
    """
    from distributed import get_worker

    from classroom.machines import remote

    return get_worker().address, remote.graded(order)


# So it is sent whole and not by name: the scheduler needs no course, and a worker without one says
# so.
_graded.__module__ = "__main__"


class Cluster:
    """The workers of one scheduler: how many submissions each has `graded`; which are `open`,
    without walls; which were `refused`. Raises Complaint where no scheduler answers.
    """

    def __init__(self, address: str):
        self.address, self.graded, self.open, self.refused = address, Counter(), set(), set()
        try:
            self.client = Client(address, timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise Complaint(f"No Dask scheduler answers at {address}: {error}.") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close(PATIENCE)

    def results(
        self, submissions: list[Submission], terms: Terms
    ) -> Iterator[tuple[int, list[Result] | Lost]]:
        """The place of each in the list and its results, or why they are `Lost`, as they come.

        Raises Complaint where the scheduler is gone, has no worker, or one without the course.
        """
        waiting, sent = list(range(len(submissions)))[::-1], {}
        while waiting or sent:
            threads = self._threads()
            while waiting and len(sent) < AHEAD * threads:
                place = waiting.pop()
                sent[self._send(submissions[place], terms)] = place
            for future in self._done(list(sent)):
                place = sent.pop(future)
                try:
                    yield place, self._read(future, submissions[place].number)
                except remote.Refused as why:
                    self._send_away(why)
                    waiting.append(place)

    def told(self) -> str:
        """What became of the submissions, in words."""
        counts = ", ".join(map(str, self.graded.values()))
        text = f"Workers at {self.address} graded {self.graded.total()} submissions: {counts}."
        return text + f" Without walls: {', '.join(self.open)}." * bool(self.open)

    def _threads(self) -> int:
        try:
            self.client.wait_for_workers(1, PATIENCE)
        except TimeoutError:
            raise Complaint(
                f"For {PATIENCE} s there has been no worker at {self.address}."
            ) from None
        threads = self.client.nthreads()
        if threads.keys() <= self.refused:
            raise Complaint(f"No worker is left at {self.address}.")
        return sum(threads.values())

    def _send(self, one: Submission, terms: Terms) -> Future:
        return self.client.submit(_graded, remote.order(one.taken, terms), pure=False)

    def _done(self, sent: list[Future]) -> list[Future]:
        """Those that have ended; after some time none."""
        try:
            return list(wait(sent, LOOK, "FIRST_COMPLETED").done)
        except TimeoutError:
            return []
        except CancelledError:
            raise Complaint(f"The scheduler at {self.address} is gone.") from None

    def _read(self, future: Future, number: str) -> list[Result] | Lost:
        """Raises Refused where another worker must do it."""
        if future.status == "error":
            return self._failed(future.exception())
        address, form = future.result()
        answer = remote.read(form, number, address)
        if not isinstance(answer, Lost):
            self.graded[address] += 1
            self.open |= set() if form["walls"] else {address}
        return answer

    def _failed(self, error: BaseException) -> Lost:
        if isinstance(error, ModuleNotFoundError):
            raise Complaint(
                f"A worker of {self.address} lacks the course: {error}. Start it in a clone."
            )
        if isinstance(error, KilledWorker):
            return Lost("one worker after the other died with it")
        return Lost(str(error))

    def _send_away(self, refused: remote.Refused) -> None:
        if refused.address not in self.refused:
            print(f"\nSent away the worker {refused}")
            self.refused.add(refused.address)
            self.client.retire_workers([refused.address])
