"""Writes src/api/types.d.ts from the models, by way of the OpenAPI document; `--check` only compares."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tfgpu_lab.server.openapi import document
from tfgpu_lab.server.routes import ROUTES

ROOT = Path(__file__).resolve().parent.parent
TYPES = ROOT / "src" / "api" / "types.d.ts"


def generate() -> str:
    """Return the TypeScript declarations of the REST interface as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "openapi.json", Path(folder) / "types.d.ts"
        # The version is no part of the types: a release must not change them.
        description = document(ROUTES) | {"info": {"title": "TFGPU Lab", "version": "0"}}
        source.write_text(json.dumps(description))
        subprocess.run(["npx", "openapi-typescript", source, "-o", result], cwd=ROOT, check=True, capture_output=True)
        return result.read_text()


def main() -> int:
    """Write the file, or with `--check` say whether it is current."""
    text = generate()
    if "--check" not in sys.argv:
        TYPES.write_text(text)
        return 0
    if TYPES.read_text() == text:
        return 0
    print("src/api/types.d.ts is not what the models say: run `make generate`.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
