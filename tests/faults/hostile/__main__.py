"""`python -m tests.faults.hostile [ours|stock] [PART OF A NAME]`: what became of every attack, as JSON lines."""

import argparse
import json
from dataclasses import asdict
from typing import Final

from tests.faults.hostile import answers, expressions, files, ours, scripts, states, stock, tables
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.limits import OUR_SECONDS, attempt

ATTACKS: Final[list[Attack]] = [
    *expressions.ATTACKS,
    *scripts.ATTACKS,
    *tables.ATTACKS,
    *answers.ATTACKS,
    *files.ATTACKS,
    *states.ATTACKS,
]
# The stock engine hangs at many, or sleeps: it gets less time to do so.
_STOCK_SECONDS: Final = (1, 10)


def main() -> None:
    """Run the attacks one by one, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.hostile", description=__doc__)
    parser.add_argument("engine", choices=("ours", "stock"))
    parser.add_argument("part", nargs="?", default="", help="the beginning of “kind: name”")
    options = parser.parse_args()
    is_stock = options.engine == "stock"
    run, seconds = (stock.run, _STOCK_SECONDS) if is_stock else (ours.run, OUR_SECONDS)
    for attack in ATTACKS:
        if f"{attack.kind}: {attack.name}".startswith(options.part) and not (is_stock and attack.stock is None):
            verdict = attempt(run, attack, seconds=seconds)
            told = {"kind": attack.kind, "name": attack.name, "holds": verdict.holds, "breaks": verdict.breaks}
            print(json.dumps({**told, **asdict(verdict)}), flush=True)


if __name__ == "__main__":
    main()
