"""How the grader and the process behind its walls speak.

In frames: the length as eight bytes, a record as a line of JSON, and bytes that only the forked
process and the grader look into.
"""

import json
import struct

from classroom.records import Record, dumps

LENGTH = struct.Struct("<Q")


def send(channel, head: Record, body: bytes = b"") -> None:
    text = dumps(head).encode() + b"\n" + body
    channel.write(LENGTH.pack(len(text)) + text)
    channel.flush()


def receive(channel, kind: type[Record]) -> tuple[Record, bytes] | None:
    """The next frame; None at the end."""
    length = channel.read(LENGTH.size)
    if len(length) < LENGTH.size:
        return None
    head, _, body = channel.read(*LENGTH.unpack(length)).partition(b"\n")
    return kind.of(json.loads(head)), body
