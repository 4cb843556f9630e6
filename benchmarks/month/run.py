"""A month of an office under the virtual clock: figures, checks, and exit code 1 when anything did not hold.

Run from the checkout: `python benchmarks/month/run.py --n 3000 --seed 1 [--days 31] [--keep FOLDER] [--profile]`.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.month.actors import Citizens, Enlaces, Siade, Staff
from benchmarks.month.audit import audit, figures
from benchmarks.month.office import Month, utc, with_people
from benchmarks.month.people import Town
from daemon.edge.rulefiles import load_rules
from daemon.resources import shipped

# December has two days of rest of the Federal Labour Law within the time that is simulated.
FIRST = date(2025, 12, 1)
CLOSED = frozenset({date(2025, 12, 25), date(2026, 1, 1)})


def simulate(folder: Path, *, mails: int, days: int, seed: int, tail: int = 14) -> tuple[Month, Staff, Siade, Enlaces]:
    """Run the month with its people, then `tail` days in which nobody new writes."""
    random = Random(seed)
    rules = with_people(load_rules([shipped("rules")]), FIRST)
    # The servers fail over the close of office hours, when most terms fall due; SIADE for two days.
    mail_outage = (utc(FIRST + timedelta(days=2), 15.5), utc(FIRST + timedelta(days=2), 20.5))
    siade_outage = (utc(FIRST + timedelta(days=1), 11), utc(FIRST + timedelta(days=3), 9.5))
    if days > 20:
        mail_outage = (utc(FIRST + timedelta(days=9), 15.5), utc(FIRST + timedelta(days=9), 20.5))
        siade_outage = (utc(FIRST + timedelta(days=15), 11), utc(FIRST + timedelta(days=17), 9.5))
    month = Month(rules, folder, utc(FIRST, 0), random, mail_outage)
    citizens, staff = Citizens(month, Town(rules, random)), Staff(month, CLOSED)
    enlaces, siade = Enlaces(month), Siade(month, siade_outage, CLOSED)
    citizens.plan(FIRST, days, mails, CLOSED)
    staff.plan(FIRST, days + tail)
    siade.plan(FIRST, days + tail)
    month.run(utc(FIRST + timedelta(days=days + tail), 8))
    return month, staff, siade, enlaces


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--tail", type=int, default=14)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    profile = cProfile.Profile()
    if args.profile:
        profile.enable()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        month, staff, siade, enlaces = simulate(folder, mails=args.n, days=args.days, seed=args.seed, tail=args.tail)
        seconds = time.perf_counter() - began
        if args.profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
        faults = audit(month, staff, CLOSED)
        for line in figures(month, staff, siade, enlaces, seconds):
            print(line)
    for name, found in faults.items():
        print(f"{'✓' if not found else '✗'} {name}: {len(found)}")
        for fault in found[:8]:
            print(f"    {fault}")
    return 1 if any(faults.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
