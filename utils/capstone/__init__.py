"""The contest of notebook 13: design a net under a budget, submit it, see its place.

    capstone.inspect(make)            what it costs, or why it would be refused; nothing is trained
    capstone.practice(make, lr=0.01)  trained once, scored on families that are not the contest's
    capstone.submit("my name", make, lr=0.01)

`make` is a class or a function without arguments that gives a new net, (N, 1, 28, 28) -> (N, 62).
"""

from utils.capstone.contest import Make
from utils.capstone.entries import ENTRIES
from utils.capstone.figure import draw, front
from utils.capstone.referee import Refused
from utils.capstone.rules import RULES, Rules
from utils.capstone.scoreboard import LONGEST, Board, Entry, board
from utils.capstone.submit import Report, inspect, practice, submit

__all__ = ["ENTRIES", "LONGEST", "RULES", "Board", "Entry", "Make", "Refused", "Report", "Rules"]
__all__ += ["board", "draw", "front", "inspect", "practice", "submit"]
