"""What authors and teachers share: paths, notebooks as files, their cells, student versions."""

import sys

sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a character shows `?`
