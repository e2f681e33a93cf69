"""Scores the diagnosis on a folder of reports: python scripts/score_corpus.py FOLDER.

A report is a JSON file with `id`, `log`, `facts`, `family`, `also_accept` and `log_sufficient`; other files are passed
over. Scored are `tfgpu-lab explain` on the log alone, and the rules on what the report states, with the log where they
find no cause.
"""

import json
import sys
from pathlib import Path
from typing import Any

from report_facts import facts_of

from tfgpu_lab.diagnosis.explain import explain
from tfgpu_lab.diagnosis.log import read_text
from tfgpu_lab.diagnosis.rule import diagnose

NEGATIVE = {"gpu-used-false-alarm", "gpu-used-low-utilisation"}


def main() -> int:
    """Print a line a report and the totals; fail where a report on a used GPU is called a fallback."""
    reports = [json.loads(path.read_text("utf-8")) for path in sorted(Path(sys.argv[1]).glob("*.json"))]
    reports = [one for one in reports if "log" in one]
    by_log, by_facts, slandered = {}, {}, []
    for report in reports:
        answer = explain(read_text(report["log"]))
        logged = [finding.family for finding in answer.findings]
        causes = [finding.family for finding in diagnose(facts_of(report)) if finding.role == "cause"]
        both = [*causes, *logged]
        by_log[report["id"]] = _right(report, logged)
        by_facts[report["id"]] = _right(report, both)
        if report["family"] in NEGATIVE and (causes or answer.verdict in ("cpu-fallback", "cpu-only")):
            slandered.append(report["id"])
        kind = "log" if report["log_sufficient"] else "   "
        marks = " ".join("ok  " if one[report["id"]] else "MISS" for one in (by_log, by_facts))
        print(f"{marks} {kind} {answer.verdict:12} {report['id']}: {report['family']} <- {logged}, facts {causes}")
    enough = [by_log[one["id"]] for one in reports if one["log_sufficient"]]
    _total("explain, where the log is sufficient", enough)
    _total("explain, all", list(by_log.values()))
    _total("rules on the stated facts, then explain, all", list(by_facts.values()))
    print(f"negatives called a fallback: {slandered or 'none'}")
    return 1 if slandered else 0


def _right(report: dict[str, Any], families: list[str]) -> bool:
    return bool(families) and families[0] in {report["family"], *report["also_accept"]}


def _total(name: str, answers: list[bool]) -> None:
    print(f"{name}: {sum(answers)} of {len(answers)} ({sum(answers) / max(1, len(answers)):.0%})")


if __name__ == "__main__":
    sys.exit(main())
