"""The thread: from a real photo to an approved, delivered picture, by people in sessions of their own."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

PHOTO = Path(__file__).resolve().parents[2] / "pipeline" / "atelier" / "photos" / "sapphire-drops.jpg"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
# A worker renders on two cores that the suite shares.
PATIENCE_MS = 240_000


def generate(desk: Page, number: int) -> None:
    """Starts a draft at the desk, watches it run, and waits for its picture."""
    desk.locator("select[name=quality]").select_option("draft")
    desk.get_by_role("button", name="Generate").click()
    expect(desk.locator("#desk-queue progress").first).to_be_visible(timeout=30_000)
    picture = desk.locator(f"#desk-picture[data-shown='{number}'] img[data-role=picture]")
    expect(picture).to_be_visible(timeout=PATIENCE_MS)
    expect(desk.locator("#desk-facts .checks li").first).to_be_visible()


def through_the_check(desk: Page, producer: Page) -> str:
    """Proposes what the desk shows, passes its check, sends it; answers the draft's address."""
    desk.get_by_role("button", name=re.compile("Internal check")).click()
    desk.wait_for_url(re.compile(r"/drafts/\d+/"))
    desk.get_by_role("button", name="Pass the check").click()
    expect(desk.get_by_text("Passed the check").first).to_be_visible()
    address = desk.url
    producer.goto(address)
    producer.get_by_role("button", name="Send to the client").first.click()
    producer.locator("dialog[open]").get_by_role("button", name="Send to the client").click()
    expect(producer.locator(".review-bar .badge")).to_have_text(re.compile("client", re.I))
    return address


def test_a_photo_becomes_a_delivered_picture(log_in: Callable[..., Page]) -> None:
    brand, retoucher = log_in("brand@demo.example"), log_in("retoucher@demo.example")
    producer, client = log_in("producer@demo.example"), log_in("approver@demo.example")

    # The brand writes a brief and drops its photo.
    brand.goto("/briefs/new/")
    if not re.search(r"/briefs/\d+/edit/", brand.url):
        brand.locator("main form button[type=submit]").first.click()
    brand.wait_for_url(re.compile(r"/briefs/\d+/edit/"))
    brief = re.sub(r"edit/$", "", brand.url)
    brand.locator("input[name=title]").fill("The thread")
    brand.locator("piece-drop input[type=file]").first.set_input_files(str(PHOTO))
    card = brand.locator(".piece-draft").first
    card.locator("[name=new-name]").fill("Sapphire drops")
    card.locator("[name=new-sku]").fill(f"THREAD-{time.time_ns()}")
    card.locator("[name=new-category]").select_option("earring")
    card.locator("[name=new-width_mm]").fill("32")
    card.get_by_role("button", name="Add this piece").click()
    expect(brand.locator("#intake-pieces")).to_contain_text("Sapphire drops", timeout=60_000)
    brand.locator("label", has=brand.locator("input[name=channels][value=instagram]")).click()
    brand.locator("input[name=deadline]").fill((date.today() + timedelta(days=10)).isoformat())
    brand.locator("input[name=deadline]").blur()
    submit = brand.get_by_role("button", name="Submit to the studio")
    expect(submit).to_be_enabled(timeout=120_000)
    submit.click()
    brand.wait_for_url(re.compile(r"/briefs/\d+/$"))
    expect(brand.locator("main")).to_contain_text("Submitted")

    # The producer accepts, cuts, assigns, starts.
    producer.goto(brief)
    producer.get_by_role("button", name="Accept").click()
    row = producer.locator(".cut-table tbody tr").first
    row.locator("select[name$=retoucher]").select_option(label="Tomas Lind")
    producer.get_by_role("button", name="Cut into shots").click()
    producer.get_by_role("button", name="Start production").click()
    expect(producer.locator("main")).to_contain_text("In production")
    shot = producer.locator("a[href*='/shots/'][href$='/desk/']").first.get_attribute("href")
    assert shot

    # The retoucher directs and watches it being made; the studio checks and sends it.
    retoucher.goto(shot)
    generate(retoucher, 1)
    first = through_the_check(retoucher, producer)

    # The client marks what should change.
    client.goto(first)
    expect(client.locator("loupe-viewer canvas").first).to_be_visible()
    client.keyboard.press("m")
    box = client.locator("loupe-viewer").bounding_box()
    assert box
    client.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    client.locator("#new-note").fill("A little brighter here")
    client.locator("[data-composer] button[type=submit]").click()
    expect(client.locator("#thread")).to_contain_text("A little brighter here")
    client.get_by_role("button", name="Request changes").first.click()
    client.locator("dialog[open]").get_by_role("button", name="Send to the studio").click()
    expect(client.locator(".review-bar .badge")).to_have_text(re.compile("changes", re.I))

    # Directed again, from the mark; only the light differs.
    retoucher.goto(shot)
    expect(retoucher.locator("aside")).to_contain_text("A little brighter here")
    retoucher.evaluate("document.querySelectorAll('details.panel').forEach((d) => { d.open = true })")
    exposure = retoucher.locator("input[type=number][name='finish.exposure_ev']")
    exposure.fill("0.3")
    exposure.blur()
    generate(retoucher, 2)
    expect(retoucher.locator("#desk-facts")).to_contain_text(re.compile("exposure", re.I))
    second = through_the_check(retoucher, producer)
    assert second != first

    # The client approves what it saw, and what is delivered is that.
    client.goto(second)
    client.get_by_role("button", name="Approve").first.click()
    dialog = client.locator("dialog[open]")
    approved = dialog.locator("dd.mono").first.inner_text()
    dialog.get_by_role("button", name=re.compile("^Approve")).click()
    expect(client.locator(".review-bar .badge")).to_have_text(re.compile("approved", re.I))
    producer.goto(brief)
    producer.get_by_role("button", name="Pack the delivery").click()
    producer.wait_for_url(re.compile(r"/deliveries/\d+/"))
    expect(producer.locator("main")).to_contain_text("SHA-256", timeout=90_000)

    brand.goto("/deliveries/")
    brand.locator("main a[href*='/deliveries/']").first.click()
    with brand.expect_download() as download:
        brand.get_by_role("link", name="Download").click()
    packed = Path(download.value.path()).read_bytes()
    check_the_zip(packed, approved)


def check_the_zip(packed: bytes, approved: str) -> None:
    """Every file is what the manifest says, and the PNG is the picture that was approved."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        sums = next(n for n in names if n.endswith("SHA256SUMS"))
        manifest = json.loads(archive.read(next(n for n in names if n.endswith("manifest.json"))))
        assert manifest
        folder = sums.removesuffix("SHA256SUMS")
        listed = dict(reversed(line.split(maxsplit=1)) for line in archive.read(sums).decode().splitlines())
        assert len(listed) >= 5
        for name, expected in listed.items():
            assert hashlib.sha256(archive.read(folder + name.lstrip("*"))).hexdigest() == expected, name
        pictures = [hashlib.sha256(archive.read(n)).hexdigest() for n in names if n.endswith(".png")]
        assert approved in pictures
