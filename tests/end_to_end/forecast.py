"""What is said of an interpreter whose TensorFlow is not imported."""

import asyncio

from tfgpu_lab.diagnosis.facts import Facts
from tfgpu_lab.diagnosis.rule import diagnose
from tfgpu_lab.diagnosis.verdict import foresee
from tfgpu_lab.kernels.interpreter import Launch
from tfgpu_lab.kernels.probe import probe
from tfgpu_lab.models.finding import Finding


def diagnosed(launch: Launch) -> tuple[list[Finding], str]:
    """Return the findings and the verdict of a probe."""
    facts = Facts(environment=asyncio.run(probe(launch)), live=None)
    findings = diagnose(facts)
    return findings, foresee(facts, findings).verdict
