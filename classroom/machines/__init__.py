"""Who grades: the processes of this machine, and other machines."""
