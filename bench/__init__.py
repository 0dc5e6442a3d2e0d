"""Benchmarks that anyone can run with `make bench`: each figure beside a floor measured in the same run."""
