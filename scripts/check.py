"""Runs every check of the project and ends with one line: `N passed, N failed`.

Two run at a time: pytest beside all others. Each prints when it has ended, so that the two do not mix.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PRINTING = threading.Lock()


class Check(NamedTuple):
    """One command; `report` is the JUnit file it writes, for those that count tests of their own."""

    name: str
    command: list[str]
    report: str | None = None
    environment: tuple[tuple[str, str], ...] = ()


def checks(reports: Path) -> list[Check]:
    """Return all checks, the quick ones first."""
    python, ruff = str(BIN / "python"), str(BIN / "ruff")
    workers = str(max(2, (os.cpu_count() or 2) - 1))  # half of the time a test waits for a process
    return [
        Check("format (ruff)", [ruff, "format", "--check", "."]),
        Check("lint (ruff)", [ruff, "check", "."]),
        Check("types (mypy --strict)", [str(BIN / "mypy")]),
        Check("TypeScript types are current", [python, "scripts/api_types.py", "--check"]),
        Check("pages of causes are current", [python, "scripts/cause_pages.py", "--check"]),
        Check("types (tsc)", ["npx", "tsc", "--noEmit", "--composite", "false", "--incremental", "false"]),
        Check("types of the tests (tsc)", ["npx", "tsc", "-p", "tsconfig.test.json"]),
        Check("lint (eslint, prettier, stylelint)", ["npm", "run", "--silent", "lint"]),
        Check("weight of the bundle", [python, "scripts/bundle_weight.py"]),
        Check(
            "unit tests (vitest)",
            [
                "npx",
                "vitest",
                "run",
                "--reporter=default",
                "--reporter=junit",
                f"--outputFile.junit={reports}/vitest.xml",
            ],
            "vitest.xml",
        ),
        Check(
            "pytest",
            # By files: what one sets up for all its tests is set up once.
            [
                python,
                "-m",
                "pytest",
                "-q",
                "-n",
                workers,
                "--dist",
                "loadfile",
                "--durations=20",
                f"--junitxml={reports}/pytest.xml",
            ],
            "pytest.xml",
        ),
        Check(
            "browser tests (playwright)",
            [
                "npx",
                "playwright",
                "test",
                "--config",
                "ui-tests/playwright.config.ts",
                "--grep-invert",
                "@gallery",
                "--reporter=list,junit",
            ],
            "playwright.xml",
            (("PLAYWRIGHT_JUNIT_OUTPUT_FILE", f"{reports}/playwright.xml"),),
        ),
    ]


def count(report: Path) -> tuple[int, int, int]:
    """Return how many tests of a JUnit file passed, failed and were skipped."""
    cases = list(ET.parse(report).iter("testcase"))
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    return len(cases) - failed - skipped, failed, skipped


def run(check: Check, reports: Path) -> tuple[int, int]:
    """Run one check, print what it printed, and return how many of it passed and failed."""
    begin = time.monotonic()
    environment = {**os.environ, **dict(check.environment)}
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env=environment,
        check=False,
        text=True,
        errors="replace",  # a test may print any byte
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    good, bad, skipped = (0, 0, 0)
    if check.report and (reports / check.report).exists():
        good, bad, skipped = count(reports / check.report)
    if done.returncode and not bad:
        bad = 1
    elif not check.report:
        good = 1
    said = done.stdout
    if check.report and not good and not bad:
        said += "No test ran.\n"
        bad = 1
    note = f", {skipped} skipped" if skipped else ""
    took = f"{time.monotonic() - begin:.0f} s"
    with PRINTING:
        print(f"\n== {check.name}\n{said}-- {check.name}: {good} passed, {bad} failed{note} ({took})", flush=True)
    return good, bad


def main() -> int:
    """Run the checks whose names contain one of the arguments, or all."""
    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        reports = Path(folder)
        chosen = [one for one in checks(reports) if not wanted or any(word in one.name for word in wanted)]
        lanes = [[one for one in chosen if (one.name == "pytest") is beside] for beside in (True, False)]
        results = [
            result for lane in pool.map(lambda lane: [run(check, reports) for check in lane], lanes) for result in lane
        ]
    passed, failed = (sum(numbers) for numbers in zip((0, 0), *results, strict=True))
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
