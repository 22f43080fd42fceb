"""The real house for browser tests: `manage.py demo` as a stranger starts it, and a real Chromium beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from studio.house import free_port
from tests.browser.chromium import ARGUMENTS, chromium

ROOT = Path(__file__).resolve().parents[2]
EVERYBODY = "loupe-demo-2026"


@dataclass
class Demo:
    """A running demo: its address, its process and where its data lies."""

    url: str
    process: subprocess.Popen[bytes]
    var: Path


def start_demo(var: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    cache = os.environ.get("LOUPE_CACHE_DIR") or str(ROOT / "var" / "cache")
    env = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "SITE_URL", "SECRET_KEY"}}
    env |= {"LOUPE_DEMO": "1", "LOUPE_VAR": str(var), "LOUPE_CACHE_DIR": cache, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=ROOT,
        env=env,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path, timeout_s: float = 150) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the demo ended: {log.read_text()}")
        try:
            with urllib.request.urlopen(url + "/health/", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"the demo does not answer: {log.read_text()}")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    var = tmp_path_factory.mktemp("house")
    log = var / "demo.log"
    port = free_port()
    process = start_demo(var, port, log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, process, log)
        yield Demo(url, process, var)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium, gone with its module: its driver keeps an event loop running, which asynchronous tests can't share."""
    executable, env = chromium(ROOT / "var" / "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(executable), args=ARGUMENTS, env={**os.environ, **env})
        yield browser
        browser.close()


@pytest.fixture
def log_in(browser: Browser, demo: Demo) -> Iterator[Callable[..., Page]]:
    """`log_in("brand@demo.loupe", width=390)` answers a page in a session of its own; a script error fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def page_of(email: str, width: int = 1440, height: int = 900) -> Page:
        context = browser.new_context(
            base_url=demo.url, viewport={"width": width, "height": height}, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(f"{email}: {error}"))
        page.on(
            "console", lambda m: errors.append(f"{email}: {m.text}") if "Content Security Policy" in m.text else None
        )
        page.goto("/login/")
        page.fill("input[name=username]", email)
        page.fill("input[name=password]", EVERYBODY)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(demo.url + "/")
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert not errors, "\n".join(errors)


@pytest.fixture(autouse=True)
def files_of_the_test() -> None:
    """The house keeps its own files: the in-process settings stay as they are."""
