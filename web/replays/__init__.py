"""A flow tried out: past requests on another version, and the test cases of a version."""
