"""The classroom on Kubernetes: see README.md in this folder."""
