"""The review page alone, on a phone and on a desk: a pin, its thread, what stays internal, resolving, approving."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.seeding import seed_drafts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SIZES = [(390, 844), (1440, 900)]


@pytest.fixture(scope="module")
def drafts(demo: Demo) -> dict[int, int]:
    return dict(zip((width for width, _ in SIZES), seed_drafts(demo.var, len(SIZES)), strict=True))


def pin(page: Page, across: float, down: float, words: str) -> None:
    """Marks a place in the picture and writes what is seen there."""
    page.get_by_role("button", name=re.compile("^Mark")).first.click()
    box = page.locator("loupe-viewer canvas").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
    page.locator("#new-note").fill(words)


def save(page: Page) -> None:
    page.locator("[data-composer] button[type=submit]").click()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_client_and_the_studio_talk_over_a_picture(
    log_in: Callable[..., Page], drafts: dict[int, int], width: int, height: int
) -> None:
    address = f"/drafts/{drafts[width]}/"
    client, studio = log_in("approver@demo.example", width, height), log_in("retoucher@demo.example", width, height)

    # The client marks a place. The pin shows on the picture, and as a row in the list.
    client.goto(address)
    expect(client.locator("loupe-viewer canvas").first).to_be_visible()
    pin(client, 0.5, 0.5, "This clasp is a little dark")
    save(client)
    row = client.locator("#thread .mark", has_text="This clasp is a little dark")
    expect(row).to_be_visible()
    expect(row.locator(".mark-pin")).to_have_text("1")
    expect(client.locator(".mark-overlay .mark-dot")).to_have_count(1)
    assert client.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than its window"

    # The studio answers in the thread, once for the client and once among itself.
    studio.goto(address)
    row = studio.locator("#thread .mark", has_text="This clasp is a little dark")
    for words, internal in (("Half a stop more in the next one", False), ("They said that of the last one too", True)):
        if not row.locator("details.reply").evaluate("details => details.open"):
            row.locator("details.reply > summary").click()
        row.locator("textarea").fill(words)
        row.locator("input[name=internal]").set_checked(internal)
        row.get_by_role("button", name="Send").click()
        expect(row).to_contain_text(words)
    # And keeps a mark to itself.
    pin(studio, 0.3, 0.3, "Check the seam here")
    expect(studio.locator("[data-composer] input[name=internal]")).to_be_checked()
    save(studio)
    expect(studio.locator("#thread .mark[data-internal]")).to_contain_text("Check the seam here")
    row.get_by_role("button", name=re.compile("^Resolve")).click()
    expect(row).to_contain_text("Resolved by")

    # The client sees the answer and that it is resolved, and nothing of what is internal: not in words, not in numbers.
    client.goto(address)
    thread = client.locator("#thread")
    expect(thread).to_contain_text("Half a stop more in the next one")
    expect(thread).to_contain_text("Resolved")
    source = client.content()
    assert "They said that" not in source
    assert "seam" not in source
    expect(client.locator(".mark-overlay .mark-dot")).to_have_count(1)

    # Approving names the bytes that were seen.
    client.get_by_role("button", name="Approve").first.click()
    dialog = client.locator("dialog[open]")
    seen = dialog.locator("dd.mono").first.inner_text()
    assert re.fullmatch("[0-9a-f]{64}", seen)
    dialog.get_by_role("button", name=re.compile("^Approve")).click()
    expect(client.locator(".review-bar .badge")).to_have_text(re.compile("approved", re.I))
    expect(client.locator(".bound")).to_contain_text(seen[:8])
    expect(client.get_by_role("button", name="Approve")).to_have_count(0)
