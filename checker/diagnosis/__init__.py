"""What is said of a wrong answer that no catalogued mistake explains: only what was seen.

`layers.py` asks in turn: when it fails (`contrast.py`), which near miss of ours gives the same
(`near_misses.py`, `steps.py`), where a net begins to go wrong (`first_part.py`), and how what came
back relates to what was expected (`parts.py`, `relations.py`, `form.py`, `magnitude.py`), whether
it comes again (`chance.py`), and which arguments change nothing in it (`dependence.py`).
"""

from checker.diagnosis.layers import Said, Trials, observed, seen

__all__ = ["Said", "Trials", "observed", "seen"]
