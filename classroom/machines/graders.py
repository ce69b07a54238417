"""Who grades: the processes of this machine, and a cluster if there is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classroom.judging.examine import Terms
from classroom.machines import local
from classroom.machines.pool import Lost, Pool
from classroom.records.results import Result
from classroom.submissions.collect import Submission
from exercises.own_numbers import NUMBER


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
        for n, result in self.pool.results(local.graded, tasks, local.limits(terms)):
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
