"""The real TensorFlow as it is after `import tensorflow` and before its first look for devices, as often as wanted."""

import json
import os
import select
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.machine import Machine
from tfgpu_lab.kernels.interpreter import Launch

LIST = "answer = {'physical': [d.name for d in tf.config.list_physical_devices('GPU')]}"
USE = """
answer = {'physical': [d.name for d in tf.config.list_physical_devices('GPU')]}
answer['logical'] = [d.name for d in tf.config.list_logical_devices('GPU')]
with tf.device('/GPU:0'):
    answer['device'] = tf.matmul(tf.ones((8, 8)), tf.ones((8, 8))).device
"""
ANSWER_S = 60
HANGS = int(signal.SIGALRM)
"""Status of a fork that was ended for taking too long."""


@dataclass(frozen=True)
class Told:
    """What TensorFlow did."""

    answer: dict[str, Any]
    """What the code left as `answer`; {"error": ...} when it raised."""
    log: str
    """What was written to stderr."""

    @property
    def physical(self) -> list[str]:
        """The GPUs that it lists."""
        assert "physical" in self.answer, self.answer
        found: list[str] = self.answer["physical"]
        return found


class FreshTensorFlow:
    """One process that has imported TensorFlow; each question is answered by a fork of it."""

    def __init__(self, launch: Launch) -> None:
        script = Path(__file__).parent / "answers_by_fork.py"
        command = [*launch.argv, str(script)]
        self._noise = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(
            command,
            env=launch.env,
            cwd=launch.cwd,
            text=True,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._noise,
        )
        self.version: str | None = None

    def ask(self, code: str = LIST, machine: Machine | None = None, **env: str | None) -> Told:
        """Run code in a fork, on a simulated machine where one is given; it must end within ANSWER_S seconds."""
        status, told = self.try_to(code, ANSWER_S, machine, **env)
        assert status == 0, f"it ended with status {status}: {told.log}"
        return told

    def try_to(self, code: str, limit_s: int, machine: Machine | None = None, **env: str | None) -> tuple[int, Told]:
        """Run code in a fork that is ended after `limit_s` seconds; return its status too, HANGS for such an end."""
        if self.version is None:
            self.version = self._line(120)["ready"]
        question = {"code": code, "env": env, "script": machine.script() if machine else None, "limit_s": limit_s}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        told = self._line(limit_s + 30)
        return told["status"], Told(answer=told["answer"], log=told["log"])

    def _line(self, limit_s: float) -> Any:
        ready, _, _ = select.select([self._process.stdout], [], [], limit_s)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._noise.seek(0)
            noise = self._noise.read()[-2000:]
            self.close()
            raise AssertionError(f"TensorFlow did not answer within {limit_s:g} s: {noise}")
        return json.loads(line)

    def close(self) -> None:
        """End it and its forks."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._noise):
            pipe.close()
