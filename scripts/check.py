"""Runs every check of the project and ends with one line: `N passed, N failed`."""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


class Check(NamedTuple):
    """One command; `report` is the JUnit file it writes, for those that count tests of their own."""

    name: str
    command: list[str]
    report: str | None = None
    environment: tuple[tuple[str, str], ...] = ()


def checks(reports: Path) -> list[Check]:
    """Return all checks, the quick ones first."""
    python, ruff = str(BIN / "python"), str(BIN / "ruff")
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
            [python, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", f"--junitxml={reports}/pytest.xml"],
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


def main() -> int:
    """Run the checks whose names contain one of the arguments, or all."""
    wanted = sys.argv[1:]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)
        for check in checks(reports):
            if wanted and not any(word in check.name for word in wanted):
                continue
            print(f"\n== {check.name}", flush=True)
            begin = time.monotonic()
            done = subprocess.run(check.command, cwd=ROOT, env={**os.environ, **dict(check.environment)}, check=False)
            good, bad, skipped = (0, 0, 0)
            if check.report and (reports / check.report).exists():
                good, bad, skipped = count(reports / check.report)
            if done.returncode and not bad:
                bad = 1
            elif not check.report:
                good = 1
            if check.report and not good and not bad:
                print("No test ran.")
                bad = 1
            passed, failed = passed + good, failed + bad
            note = f", {skipped} skipped" if skipped else ""
            print(f"-- {check.name}: {good} passed, {bad} failed{note} ({time.monotonic() - begin:.0f} s)", flush=True)
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
