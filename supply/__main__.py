"""`python -m supply licences | audit | bill FILE`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from supply import audit, bill, licences, locked

AWAY = 3
"""Exit code where nothing is known that is bad, but not all could be asked."""


def show_licences() -> int:
    """A table of all that is locked; 1 where something has a licence that isn't allowed, or none that is known."""
    by = licences.rules()
    found = licences.looked_at(locked.every(), by)
    for one in found:
        where = "shipped" if one.package.shipped else "tool"
        print(f"{one.package.registry:5} {one.package.name:34} {one.package.version:14} {where:8} {one.licence}")
    wrong = [f"{one.package.registry} {one.package.name}: {one.wrong}." for one in found if one.wrong]
    told = licences.told_by_cargo()
    if told is None:
        print("The licences of crates are those that licences.toml names: no cargo, or it hasn't fetched them yet.")
    elif told != by.known["cargo"]:
        odd = sorted({name for name, _ in told.items() ^ by.known["cargo"].items()})
        wrong.append(f"crates say otherwise than licences.toml: {', '.join(odd)}.")
    print(f"{len(found)} packages, {len(wrong)} with a licence that isn't allowed.")
    print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return int(bool(wrong))


def show_audit(go_on: bool) -> int:
    """What is known against what is locked; 1 for a hole, 3 where not all could be asked (0 if that is to be so)."""
    packages = locked.every()
    answers = [ask(packages) for ask in (audit.of_python, audit.of_npm, audit.of_crates)]
    verdict = audit.judged(answers, audit.ignored(), datetime.now(UTC).date())
    for answer in answers:
        if answer.silent:
            print(f"NOT LOOKED AT: {answer.of}: {answer.silent}.", file=sys.stderr)
        print(f"{answer.of}: {answer.asked} packages looked at, {len(answer.holes)} holes known.")
    for one in verdict.ignored:
        print(f"Ignored until {one.until}: {one.package} {one.id}: {one.why}.")
    for one in verdict.over:
        print(f"Ignored only until {one.until}: {one.package} {one.id}. Look again.", file=sys.stderr)
    for hole in verdict.holes:
        mended = f"; mended in {hole.mended}" if hole.mended else ""
        print(f"{hole.package} {hole.version} has a hole: {', '.join(hole.ids)}{mended}.", file=sys.stderr)
    if verdict.holes:
        return 1
    return AWAY if any(answer.silent for answer in answers) and not go_on else 0


def write_bill(target: Path) -> int:
    """The bill of materials of all that is shipped."""
    packages = locked.every()
    found = licences.looked_at(packages, licences.rules())
    made = bill.whole(bill.of_python(), packages, {one.package: one.licence for one in found})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n", "utf-8")
    print(f"{target} names {len(made['components'])} packages: Python's, npm's and crates.")
    return 0


def main() -> int:
    """One of the three."""
    parser = argparse.ArgumentParser(prog="python -m supply", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("licences")
    auditing = commands.add_parser("audit")
    auditing.add_argument("--go-on", action="store_true", help="0, too, where a registry can't be asked; it is said.")
    commands.add_parser("bill").add_argument("file", type=Path)
    said = parser.parse_args()
    if said.command == "licences":
        return show_licences()
    return show_audit(said.go_on) if said.command == "audit" else write_bill(said.file)


if __name__ == "__main__":
    sys.exit(main())
