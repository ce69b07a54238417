"""What the notebooks import.

Importing it sets two things for the whole process, so that the numbers in the notebooks come out
the same on every machine: one thread (sums are taken in one order) and float64 (rounding stays far
below what is printed).
"""

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
