"""Hostile expressions, scripts, tables, answers, files and states: what our engine makes of each, and the stock one.

`python -m tests.faults.hostile` prints the table of both.
"""
