"""What is said of a wrong answer that no catalogued mistake explains: only what was seen.

Where parts of a result are off as two catalogued mistakes have them, `several.py` names both.
`layers.py` asks in turn: when it fails (`contrast.py`), which near miss of ours gives the same
(`near_misses.py`, `steps.py`), where a net begins to go wrong (`first_part.py`), and how what came
back relates to what was expected (`parts.py`, `relations.py`, `form.py`, `magnitude.py`,
`words.py`), whether it comes again (`chance.py`), and which arguments change nothing in it
(`dependence.py`).
"""

from checker.diagnosis.layers import Said, Trials, observed, seen, where_wrong
from checker.diagnosis.several import at_once

__all__ = ["Said", "Trials", "at_once", "observed", "seen", "where_wrong"]
