"""A record: what goes from one process to another or into a file, as JSON.

    submissions -- Asked       --> splice.py             -- Spliced       --> judging
    judging     -- Bounds, Job --> server.py, worker.py  -- Ending, Claim --> judging

Nothing here loads torch or knows an exercise, so that a small process can use it on a submission,
and a learner's code finds nothing in it.
"""

import json
import struct
from operator import methodcaller
from typing import Self

LENGTH = struct.Struct("<Q")


class Record:
    """A dataclass that goes through a channel as the JSON of its fields."""

    def form(self) -> dict:
        return vars(self)

    @classmethod
    def of(cls, form: dict) -> Self:
        """The record back from its form. Raises TypeError where the fields are others."""
        return cls(**form)


def dumps(record: Record | dict, **layout) -> str:
    """The JSON of a record, or of plain values that hold records."""
    return json.dumps(record, default=methodcaller("form"), **layout)


# A channel takes frames: a length of eight bytes, and a record.


def send(channel, record: Record) -> None:
    text = dumps(record).encode()
    channel.write(LENGTH.pack(len(text)) + text)
    channel.flush()


def receive(channel, kind: type[Record]) -> Record | None:
    """The next record; None at the end."""
    length = channel.read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    return kind.of(json.loads(channel.read(*LENGTH.unpack(length))))
