"""Tools for authors: student version, re-execution, normalizing, the audit."""
