"""Imports the real TensorFlow once and answers each question in a fork that has not looked for devices yet.

Run by tests/end_to_end/fresh.py in the interpreter under test. A question is one JSON line {code, env, script}; the
code leaves its `answer`. What TensorFlow writes to stderr in the fork comes with it.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile

import tensorflow as tf  # noqa: TID251 - this runs in the interpreter under test


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps({"ready": tf.__version__}), file=out, flush=True)
    for line in sys.stdin:
        with tempfile.TemporaryFile() as log, tempfile.TemporaryFile() as answer:
            child = os.fork()
            if child == 0:
                work(json.loads(line), log, answer)
            status = os.waitpid(child, 0)[1]
            log.seek(0)
            answer.seek(0)
            told = {"answer": json.loads(answer.read() or b"null"), "log": log.read().decode("utf-8", "replace")}
            print(json.dumps({**told, "status": status}), file=out, flush=True)


def work(question, log, answer):
    os.dup2(log.fileno(), 2)
    signal.alarm(question["limit_s"])  # ends it even where TensorFlow holds the interpreter's lock
    try:
        if question["script"]:
            assert ctypes.CDLL(None).unshare(0x00020000) == 0  # CLONE_NEWNS
            subprocess.run(["sh", "-c", question["script"]], check=True)
        for name, value in question["env"].items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        names = {"tf": tf}
        exec(question["code"], names)
        found = names["answer"]
    except BaseException as error:  # noqa: BLE001 - it is the answer
        found = {"error": f"{type(error).__name__}: {error}"}
    answer.write(json.dumps(found).encode())
    answer.flush()
    os._exit(0)


main()
