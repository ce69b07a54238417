"""A notebook in which git left the marks of a conflict: the side that is the learner's."""

import re

REST = "[^\n]*\n?"
BASE = rf"(?:^\|{{7}}{REST}.*?)?"  # what both began as, if git was told to show it
CONFLICT = re.compile(rf"^<{{7}}{REST}(.*?){BASE}^={{7}}\n(.*?)^>{{7}}({REST})", re.M | re.S)
STASHED = "Stashed changes"  # by `git stash pop`: there a learner's own side is the lower one


def without(text: str) -> str:
    """The text with the learner's side of every conflict."""
    return CONFLICT.sub(lambda found: found[2 if found[3].strip() == STASHED else 1], text)
