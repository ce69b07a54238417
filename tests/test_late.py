"""Late days: counted from a time that is known, by a rule on the command line."""

from datetime import UTC, datetime, timedelta

import linux_only  # noqa: F401
import pytest
from small_class import left, mark, rows, submission

from classroom.marks.late import Rule, time
from course.paths import Complaint

DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "hours, days, share",
    [(-9, 0, 0.0), (0, 0, 0.0), (0.1, 1, 0.0), (24, 1, 0.0), (25, 2, 0.3), (999, 42, 1.0)],
)
def test_a_day_begun_counts_and_the_free_ones_cost_nothing(hours, days, share):
    rule = Rule(DUE, percent=30, free=1)
    found = rule.days(DUE + timedelta(hours=hours))
    assert found == days and rule.share(found) == share


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T12:00:00+00:00",
        "2026-12-01 13:00+01:00",
        "Tuesday, 1 December 2026, 12:00 PM +0000",
        "December 1, 2026 12:00 UTC",
    ],
)
def test_a_time_is_read_as_platforms_write_it(text):
    assert time(text, "here") == DUE


def test_a_time_that_may_be_two_days_is_refused():
    with pytest.raises(Complaint, match="may be two days"):
        time("02/11/2026 10:00", "here")
    assert time("31/12/2026 10:00 +0000", "here").month == 12


def test_the_files_time_counts_where_no_column_is_named(tmp_path):
    out = left(
        tmp_path, submission("anna"), submission("ben", changed="2026-12-03T13:00:00+00:00")
    )
    assert mark(out, "--due", "2026-12-01 12:00+00:00", "--late", "10") == 0
    found = rows(out)
    assert found["anna"]["total"] == "5" and found["anna"]["remarks"] == ""
    assert found["ben"]["total"] == "3.5" and "3 days late, 1.5 points lost" in str(found["ben"])


def test_the_column_of_the_list_counts_where_it_is_named(tmp_path):
    listed = 'name,when\nanna,"Wednesday, 2 December 2026, 1:00 PM +0000"\nben,-\n'
    out = left(tmp_path, submission("anna"), submission("ben"))
    due = ("--due", "2026-12-01 12:00+00:00", "--late", "50", "--handed-in", "When")
    assert mark(out, *due, students=listed) == 0
    found = rows(out)
    assert found["anna"]["total"] == "0" and "2 days late" in found["anna"]["remarks"]
    assert found["ben"]["total"] == "5" and "no time of hand-in" in found["ben"]["remarks"]


def test_a_column_that_holds_no_time_is_found_out_first(tmp_path, capsys):
    out = left(tmp_path, submission("anna"))
    due = ("--due", "2026-12-01", "--handed-in", "when")
    assert mark(out, *due, students="name,when\nanna,yes\n") == 2 and not out.exists()
    assert "anna, when: 'yes' is no time" in capsys.readouterr().out
    assert mark(out, *due, students="name,then\nanna,yes\n") == 2
    assert "has no column 'when': name, then" in capsys.readouterr().out
