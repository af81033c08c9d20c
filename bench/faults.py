#!/usr/bin/env python3
"""What a machine may do to a run, one thing after the other, on a tiny made shot: nothing may be lost or half-written.

    python bench/faults.py [--seed 1] [--only "kill,memory"] [--engine flow] [--out out/faults]
        [--page docs/robustness.md]

Full disks, folders that take no file, files that vanish or may not be read, clocks that jump, reads that fail, memory
that runs out, two runs at once, and kill -9 at twenty random moments (`tests/faulty.py`). A row for each: disturbed
runs, how many of them ended early (and how many of those a library ended that found no memory), and whether all was as
it must be: every result there is whole, and the next run completes with the bits of an undisturbed one and leaves no
temporary file. Below it, the errors that were shown. With --page the table becomes the page's part that this owns.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from faulty import Shop
from faulty_ways import FAULTS, tried
from page import Page, page_of


def main() -> None:
    """Print the table; the exit code is 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--engine", default="flow")
    parser.add_argument("--out", type=Path, default=Path("out/faults"))
    parser.add_argument("--page", type=page_of)
    asked = parser.parse_args()
    page = Page(asked.page, Path(__file__).name)
    shutil.rmtree(asked.out, ignore_errors=True)
    shop = Shop(asked.out.resolve(), asked.engine)
    wanted = [word.strip().lower() for word in asked.only.split(",") if word.strip()]
    page.say("| fault | disturbed runs | ended early | the next run has the same bits, and nothing is left | s |")
    page.say("|---|---|---|---|---|")
    said, wrong = [], []
    for name in FAULTS:
        if wanted and not any(word in name.lower() for word in wanted):
            continue
        clock = time.perf_counter()
        tally = tried(shop, name, asked.seed)
        verdict = (
            f"not tried: {tally.skipped}" if tally.skipped else f"no: {len(tally.wrong)}" if tally.wrong else "yes"
        )
        seconds = time.perf_counter() - clock
        ended = f"{tally.ended} ({tally.died} by a library)" if tally.died else f"{tally.ended}"
        page.say(f"| {name} | {tally.tries} | {ended} | {verdict} | {seconds:.0f} |")
        said += [f"{name}: {text}" for text in tally.said]
        wrong += [f"{name}: {text}" for text in dict.fromkeys(tally.wrong)]
    print("\nWhat was shown:\n" + "\n".join(f"- {text}" for text in said))
    if wrong:
        print("\nWhat must not be:\n" + "\n".join(f"- {text}" for text in wrong))
    shutil.rmtree(asked.out, ignore_errors=True)
    page.write()
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
