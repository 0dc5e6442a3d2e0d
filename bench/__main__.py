"""Runs every benchmark and prints one table. Figures are medians; trust the ratios, not the milliseconds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import decisions, engine, inbox, languages, moves, processes, replays


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = processes.measure(Path(folder)) + languages.measure() + engine.measure()
        rows += decisions.measure(Path(folder)) + inbox.measure(Path(folder))
        rows += moves.measure(Path(folder))
        rows += replays.measure(Path(folder))
    print("| what | median | compared with | ratio | goal | |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.value} | {row.floor} | {row.ratio} | {row.goal} | {row.met} |")


if __name__ == "__main__":
    main()
