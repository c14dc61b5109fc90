"""`make bench-intake`: confirmed orders a second, beside a row lock for each order and the limit.

In one run on one machine, the load included: ours over 1, 10 and 1,000 skus, 64 to 4,000
connections, one and two processes; the same door with a transaction for each order; the same
transactions without HTTP. Then the time of an answer at half of what was reached, a rush on 100
units, and ours again with many orders in the tables. Writes `build/bench/intake.json`.
"""

import argparse
import json
from importlib import import_module
from pathlib import Path

from bench.lane_ground import open_ground

OUT = Path("build/bench/intake.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--already", type=int, default=1_000_000, help="orders for the last round")
    options = parser.parse_args()
    with open_ground() as ground:
        # Django's models can be imported only now that there is a database to set up with.
        figures = import_module("bench.intake_rounds").measure(ground, already=options.already)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
