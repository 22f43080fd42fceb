"""`make pictures`: the README's pictures, taken of the running demo by a real browser."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from studio.house import free_port
from tests.browser.chromium import ARGUMENTS, chromium
from tests.browser.conftest import EVERYBODY, ROOT, start_demo, wait_for

OUT = ROOT / "docs" / "pictures"
# (who, address, file, width, height, what to wait for)
PICTURES = [
    ("retoucher@demo.example", "/shots/1/desk/", "desk.png", 1440, 900, "#desk-picture img[data-role=picture]"),
    ("retoucher@demo.example", "/generations/1/report/", "report.png", 1440, 900, "main img"),
    ("producer@demo.example", "/board/", "board.png", 1440, 900, "main img"),
    ("brand@demo.example", "/briefs/1/", "brief.png", 1440, 900, "main img"),
    ("brand@demo.example", "/", "home-390.png", 390, 844, "main"),
    ("retoucher@demo.example", "/shots/1/desk/", "desk-2560.png", 2560, 1440, "#desk-picture img[data-role=picture]"),
    ("brand@demo.example", "/pieces/", "pieces.png", 1440, 900, "main img"),
    ("brand@demo.example", "/photos/2/facts/", "facts.png", 1440, 900, "stone-marks svg g"),
]


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    executable, env = chromium(ROOT / "var" / "chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port, log = free_port(), Path(folder) / "demo.log"
        process = start_demo(Path(folder) / "var", port, log)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, process, log)
            browser = playwright.chromium.launch(
                executable_path=str(executable), args=ARGUMENTS, env={**os.environ, **env}
            )
            for who, address, name, width, height, awaited in PICTURES:
                page = browser.new_page(base_url=url, viewport={"width": width, "height": height})
                page.goto("/login/")
                page.fill("input[name=username]", who)
                page.fill("input[name=password]", EVERYBODY)
                page.press("input[name=password]", "Enter")
                page.wait_for_url(url + "/")
                page.goto(address)
                page.locator(awaited).first.wait_for(timeout=240_000)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=OUT / name)
                page.close()
            browser.close()
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
