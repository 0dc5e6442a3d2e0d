"""Runs every benchmark and prints one table. Figures are medians; trust the ratios, not the milliseconds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench import decisions, engine


def main() -> None:
    rows = engine.measure()
    with tempfile.TemporaryDirectory() as folder:
        rows += decisions.measure(Path(folder))
    print("| what | median | floor | ratio |")
    print("|---|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.value} | {row.floor} | {row.ratio} |")


if __name__ == "__main__":
    main()
