"""What passes between processes and lies in files: records, results, tables."""
