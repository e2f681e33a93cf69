"""Scores `tfgpu-lab explain` on a folder of reports: python scripts/score_corpus.py FOLDER.

A report is a JSON file with `id`, `log`, `family`, `also_accept` and `log_sufficient`; other files are passed over.
"""

import json
import sys
from pathlib import Path

from tfgpu_lab.diagnosis.explain import explain
from tfgpu_lab.diagnosis.log import read_text

NEGATIVE = {"gpu-used-false-alarm", "gpu-used-low-utilisation"}


def main() -> int:
    """Print a line a report and the totals; fail where a report on a used GPU is called a fallback."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    slandered = []
    for path in sorted(Path(sys.argv[1]).glob("*.json")):
        report = json.loads(path.read_text("utf-8"))
        if "log" not in report:
            continue
        answer = explain(read_text(report["log"]))
        families = [finding.family for finding in answer.findings]
        accepted = {report["family"], *report["also_accept"]}
        good = bool(families) and families[0] in accepted
        right[report["log_sufficient"]].append(good)
        if report["family"] in NEGATIVE and answer.verdict in ("cpu-fallback", "cpu-only"):
            slandered.append(report["id"])
        kind = "log" if report["log_sufficient"] else "   "
        print(
            f"{'ok  ' if good else 'MISS'} {kind} {answer.verdict:12} {report['id']}: {report['family']} <- {families}"
        )
    for name, answers in (("log_sufficient", right[True]), ("all", right[True] + right[False])):
        print(f"{name}: {sum(answers)} of {len(answers)} ({sum(answers) / max(1, len(answers)):.0%})")
    print(f"negatives called a fallback: {slandered or 'none'}")
    return 1 if slandered else 0


if __name__ == "__main__":
    sys.exit(main())
