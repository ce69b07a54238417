"""Who grades: the processes of this machine, and a cluster if there is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classroom.judging import examine
from classroom.judging.examine import Terms
from classroom.machines.pool import Limits, Lost, Pool
from classroom.records.results import Result
from classroom.records.spliced import Spliced
from classroom.submissions.collect import Submission
from classroom.walls.client import Walled
from exercises.own_numbers import NUMBER

GRACE = 120.0  # seconds to judge a submission, beyond what its exercises take together


@dataclass(frozen=True)
class Graders:
    """What is `closed` no learner's code may see; `cluster` is the address of a Dask scheduler."""

    pool: Pool
    closed: tuple[Path, ...] = ()
    cluster: str | None = None

    def results(
        self, submissions: list[Submission], terms: Terms, drawn: list[list]
    ) -> Iterator[tuple[int, list[Result] | Lost]]:
        """The place of each and its results, or why it is `Lost`, as they come. What the cluster
        gives no results for is graded here.
        """
        left = dict(enumerate(submissions))
        for place, result in self._from_cluster(left, terms):
            del left[place]
            yield place, result
        places = list(left)
        tasks = [self._task(left[place], terms, drawn[place]) for place in places]
        for n, result in self.pool.results(graded, tasks, limits(terms)):
            yield places[n], result

    def _from_cluster(self, left: dict[int, Submission], terms: Terms) -> Iterator:
        # Own numbers stay with their key.
        away = [place for place, one in left.items() if self.cluster and one.number != NUMBER]
        if not away:
            return
        from classroom.machines.cluster import Cluster  # who grades here needs no Dask

        # Closed before a process is forked here, for it has threads.
        with Cluster(self.cluster) as cluster:
            for n, result in cluster.results([left[place] for place in away], terms):
                if not isinstance(result, Lost):
                    yield away[n], result
            print(f"\n{cluster.told()}")

    def _task(self, one: Submission, terms: Terms, drawn: list) -> tuple:
        return one.taken, terms, self.pool.scratch, self.closed, drawn


def limits(terms: Terms) -> Limits:
    return Limits(terms.together + GRACE)


# In the processes that grade. Each has one of its own behind walls, which it starts when it first
# needs it.

_mine = {}


def graded(
    spliced: Spliced, terms: Terms, scratch: Path, closed: tuple[Path, ...] = (), drawn: list = ()
) -> list[Result]:
    return examine.examine(spliced, terms, walled(scratch, closed), drawn)


def walled(scratch: Path, closed: tuple[Path, ...] = ()) -> Walled:
    if "walled" not in _mine:
        _mine["walled"] = Walled(scratch, closed)
    return _mine["walled"]
