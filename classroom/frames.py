"""How the grader and a keeper speak: in frames, a length of eight bytes and a record as JSON."""

import json
import struct

from classroom.records import Record, dumps

LENGTH = struct.Struct("<Q")


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
