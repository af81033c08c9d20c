#!/usr/bin/env python3
"""Files of strangers by the thousand: what is read must be right or one clear error, in bounded memory and time.

    python bench/fuzz.py [--examples 1000] [--seed 1] [--only EXR,DPX] [--keep out/fuzz]

Good small files are changed at random (`tests/strangers.py`) and read in a child process (`tests/trying.py`) with a
gigabyte to spare, so that a file that ends the process, takes too long or too much memory is seen. A row for each kind
of file; what was wrong is kept in --keep, with what was said, the first five of each kind.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisWarning

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from strangers import KINDS
from trying import Child, Outcome

KEPT = 5


def campaign(name: str, examples: int, number: int, keep: Path) -> tuple[str, bool]:
    """A row of the table for one kind of file, and whether all went well."""
    file, reader, strategy = KINDS[name]
    outcomes: list[Outcome] = []
    wrong: set[str] = set()
    with tempfile.TemporaryDirectory() as folder, Child(reader, Path(folder)) as child:

        @seed(number)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def tried(data: bytes) -> None:
            outcome = child.tries(file, data)
            outcomes.append(outcome)
            same = outcome.verdict + outcome.says[-60:]
            if outcome.fine or same in wrong:
                return
            wrong.add(same)
            if len(wrong) <= KEPT:
                kept = keep / f"{name.replace(' ', '_').replace(',', '')}.{len(wrong)}.{outcome.verdict}"
                kept.with_name(kept.name + Path(file).suffix).write_bytes(data)
                kept.with_name(kept.name + ".txt").write_text(outcome.says, encoding="utf-8")
                print(f"  {name}: {outcome.verdict}: {outcome.says[:400]!a}", file=sys.stderr, flush=True)

        tried()
    count = Counter(outcome.verdict for outcome in outcomes)
    bad = " | ".join(str(count[verdict]) for verdict in ("fault", "memory", "hang", "crash"))
    slowest = max(outcome.seconds for outcome in outcomes)
    most = max(outcome.peak for outcome in outcomes)
    row = f"| {name} | {len(outcomes)} | {count['right']} | {count['refused']} | {bad} | {slowest:.2f} | {most} |"
    return row, count["right"] + count["refused"] == len(outcomes)


def main() -> None:
    """Print the table; the exit code is 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"))
    asked = parser.parse_args()
    asked.keep.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore", HypothesisWarning)
    wanted = [word.strip().lower() for word in asked.only.split(",") if word.strip()]
    print("| files | tried | right | one clear error | fault | memory | hang | crash | slowest, s | peak, MB |")
    print("|---" * 10 + "|")
    fine = True
    for name in KINDS:
        if not wanted or any(word in name.lower() for word in wanted):
            row, well = campaign(name, asked.examples, asked.seed, asked.keep)
            fine = fine and well
            print(row, flush=True)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
