"""`make demo`'s command: starts as one thing, refuses in words, stops cleanly, keeps its data."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from studio.house import free_port
from tests.browser.conftest import Demo, start_demo, wait_for

pytestmark = pytest.mark.browser


def descendants(pid: int) -> set[int]:
    """Every living process below `pid`, from the kernel's own list."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    layer = {pid}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer} - found
        found |= layer
    return found


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_second_demo_on_the_same_data_says_where_the_first_one_is(demo: Demo, tmp_path: Path) -> None:
    log = tmp_path / "second.log"
    second = start_demo(demo.var, free_port(), log)
    assert second.wait(60) != 0
    assert f"running already at {demo.url}" in log.read_text()


def test_a_taken_port_is_a_message_that_says_what_to_do(demo: Demo, tmp_path: Path) -> None:
    log = tmp_path / "taken.log"
    port = int(demo.url.rsplit(":", 1)[1])
    other = start_demo(tmp_path / "var", port, log)
    assert other.wait(60) != 0
    words = log.read_text()
    assert f"Port {port} is taken" in words
    assert f"make demo PORT={port + 1}" in words
    assert "Traceback" not in words


@pytest.mark.skipif(os.name != "posix" or not Path("/proc").exists(), reason="reads the kernel's process list")
def test_ctrl_c_stops_every_process_and_a_second_run_keeps_the_data(tmp_path: Path) -> None:
    var, log = tmp_path / "var", tmp_path / "demo.log"
    counts = []
    for _ in range(2):
        port = free_port()
        process = start_demo(var, port, log)
        wait_for(f"http://127.0.0.1:{port}", process, log)
        parts = descendants(process.pid)
        assert len(parts) >= 5, "valkey, site, two workers and the clock"
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, log.read_text()
        assert not [pid for pid in parts if alive(pid)]
        with sqlite3.connect(var / "loupe.sqlite3") as database:
            counts.append(
                [
                    database.execute(f"select count(*) from {t}").fetchone()[0]
                    for t in ("studio_person", "briefs_brief", "briefs_piece")
                ]
            )
    assert counts[0] == counts[1]
    assert counts[0][0] >= 6
    assert "Traceback" not in log.read_text()
