"""The numbers of the class report as a CSV, a count a row."""

import csv
import io
from collections.abc import Iterator

from classroom.records.results import Status
from classroom.records.tables import cell
from classroom.whole_class import tally


def numbers(sheets: list[tally.Sheet], changes: list[tally.Change]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    before = {change.now.id: change.before for change in changes}
    table.writerow(["notebook", "exercise", "what", "name", "count", "of", "sentence"])
    for sheet in sheets:
        for one in sheet.tallies:
            rows = [*_rows(one), *_rows_before(before.get(one.id))]
            table.writerows([sheet.number, one.id, *map(_cell, row)] for row in rows)
    return text.getvalue()


def _cell(value) -> str | int:
    return cell(value) if isinstance(value, str) else value


def _rows(one: tally.Tally, when: str = "") -> Iterator[list]:
    for status in Status:
        yield [f"status{when}", str(status), one.statuses[status], len(one), ""]
    for named in one.mistakes:
        yield [f"mistake{when}", named.mistake, named.count, len(one), named.sentence]
    for layer, count in one.layers.most_common():
        yield [f"diagnosis{when}", layer, count, len(one), tally.said_by(layer)]
    for group in one.groups:
        yield [f"group{when}", str(group.group), group.count, len(one), group.example.found]


def _rows_before(one: tally.Tally | None) -> Iterator[list]:
    yield from _rows(one, " before") if one else ()
