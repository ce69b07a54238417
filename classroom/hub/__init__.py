"""A whole classroom on one machine, for trying: see __main__.py."""
