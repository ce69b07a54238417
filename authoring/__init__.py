"""For authors: run, release, audit, the proof, the benchmark, the site."""
