"""What people do by hand on a picture: painting what a piece is, and measuring a plate with two clicks."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.seeding import confirmed_in, seed_plate, seed_reading

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_cut_is_painted_tried_and_kept(log_in: Callable[..., Page]) -> None:
    page = log_in("retoucher@demo.example")
    page.goto("/pieces/")
    page.locator("a.picture", has_text="ring").first.click()
    page.get_by_role("link", name="Refine the cut by hand").first.click()
    canvas = page.locator("matte-editor canvas")
    expect(canvas).to_be_visible()
    # The page has its canvas before the script that listens to it: no longer of the size that browsers give any canvas.
    expect(canvas).not_to_have_js_property("width", 300)
    box = canvas.bounding_box()
    assert box

    # One stroke by mouse and one dab; each can be taken back.
    page.keyboard.press("2")
    page.mouse.move(box["x"] + box["width"] * 0.06, box["y"] + box["height"] * 0.06)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.16, box["y"] + box["height"] * 0.07, steps=6)
    page.mouse.up()
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.06)
    expect(page.locator("[data-count]")).to_have_text("2 strokes")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-count]")).to_have_text("1 stroke")
    strokes = page.locator("input[name=strokes]").input_value()
    assert '"kind":"drop"' in strokes

    # It is tried by the worker, and nothing of the photo changes until it is kept.
    page.get_by_role("button", name="Try it").click()
    keep = page.locator("#matte-trial").get_by_role("button", name="Keep this cut")
    expect(keep).to_be_visible(timeout=120_000)
    keep.click()
    page.wait_for_url(re.compile(r"/pieces/\d+/$"))
    expect(page.locator(".photo").first).to_contain_text("Refined by hand")


def test_stones_are_corrected_on_the_photo_and_confirmed(log_in: Callable[..., Page], demo: Demo) -> None:
    fingerprint, photo = seed_reading(demo.var)
    page = log_in("brand@demo.example")
    page.goto(f"/photos/{photo}/facts/")
    count, marks = page.locator("[data-count]"), page.locator("stone-marks svg g")
    expect(count).to_have_text("3 stones marked.")
    expect(marks).to_have_count(3)
    box = page.locator("stone-marks img").bounding_box()
    assert box

    def click(x: float, y: float) -> None:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    # Add one, remove one, merge two, move the merged one, and take the merge back and again.
    page.keyboard.press("2")
    click(0.5, 0.8)
    expect(count).to_have_text("4 stones marked.")
    page.keyboard.press("1")
    marks.nth(0).click()
    page.keyboard.press("Delete")
    expect(count).to_have_text("3 stones marked.")
    marks.nth(0).click()
    marks.nth(1).click(modifiers=["Shift"])
    page.keyboard.press("m")
    expect(count).to_have_text("2 stones marked.")
    page.get_by_role("button", name="Undo").click()
    expect(count).to_have_text("3 stones marked.")
    marks.nth(2).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("]")
    page.get_by_role("button", name="Confirm 3 stones").click()
    page.wait_for_url(re.compile(r"/pieces/\d+/$"))
    expect(page.locator(f"#facts-{photo}")).to_contain_text("Confirmed 3 stones")
    assert confirmed_in(demo.var, fingerprint) == {"kept": 2, "moved": 0, "added": 1, "removed": 1}


@pytest.fixture(scope="module")
def plate(demo: Demo) -> int:
    return seed_plate(demo.var)


@pytest.mark.parametrize("width", [390, 1440])
def test_a_plate_is_measured_by_two_clicks(log_in: Callable[..., Page], plate: int, width: int) -> None:
    page = log_in("retoucher@demo.example", width)
    page.goto(f"/plates/{plate}/")
    picture = page.locator("[data-picture] img")
    box = picture.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.40, box["y"] + box["height"] * 0.5)
    page.mouse.click(box["x"] + box["width"] * 0.54, box["y"] + box["height"] * 0.5)
    # The clicks are the plate's own pixels, and the numbers say the same to who has no mouse.
    assert float(page.locator("input[name=x1]").input_value()) == pytest.approx(0.40 * 640, abs=2.5)
    assert float(page.locator("input[name=x2]").input_value()) == pytest.approx(0.54 * 640, abs=2.5)
    expect(page.locator("[data-point='2']")).to_be_visible()
    page.locator("select[name=anchor]").select_option(label="Left ring finger")
    page.locator("input[name=width_mm]").fill("160")
    page.get_by_role("button", name="Keep this measure").click()
    expect(page.get_by_role("alert")).to_contain_text("none that a person has")
    assert page.locator("input[name=x1]").input_value() != "", "what was clicked stays"
    page.locator("input[name=width_mm]").fill("17.5")
    page.get_by_role("button", name="Keep this measure").click()
    row = page.locator("[data-anchor-row=left-ring-proximal]")
    expect(row).to_contain_text("17.5 mm")
    expect(row).to_contain_text("measured by hand")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than its window"
