"""What authors and teachers share: where things are, notebooks as files, their cells, student
versions.
"""
