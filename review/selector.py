"""Where a mark sits: W3C Web Annotation selectors in the picture's own pixels, and nothing else.

Source: W3C Web Annotation Data Model, 4.2.1 Fragment Selector; Media Fragments URI 1.0, 4.2.2 (xywh=pixel:).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from studio.errors import Invalid

MEDIA_FRAGMENTS = "http://www.w3.org/TR/media-frags/"
_NUMBER = r"(\d{1,6}(?:\.\d{1,20})?)"
_VALUE = re.compile(rf"xywh=(?:pixel:)?{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}")


@dataclass(frozen=True)
class Region:
    """A place in image pixels, x to the right and y down; a pin where both sides are 0, else a box."""

    x: float
    y: float
    width: float
    height: float

    @property
    def is_pin(self) -> bool:
        return self.width == 0 and self.height == 0

    @property
    def selector(self) -> dict[str, str]:
        numbers = ",".join(f"{round(v, 2):g}" for v in (self.x, self.y, self.width, self.height))
        return {"type": "FragmentSelector", "conformsTo": MEDIA_FRAGMENTS, "value": f"xywh=pixel:{numbers}"}


def read_region(selector: Any) -> Region | None:
    """The region that a stored selector names; None for none, or for one that isn't a pixel fragment."""
    if not isinstance(selector, dict):
        return None
    found = _VALUE.fullmatch(str(selector.get("value", "")))
    return Region(*(float(v) for v in found.groups())) if found else None


def check_selector(selector: Any, width_px: int | None, height_px: int | None) -> dict[str, str] | None:
    """A client's selector in its one stored form, or None where the thread is about the whole picture.

    Raises Invalid for another form, a number that isn't one, and a place outside the picture.
    """
    if selector in (None, "", {}):
        return None
    if not isinstance(selector, dict) or selector.get("type") != "FragmentSelector":
        raise Invalid("selector.form", "A mark must be a W3C FragmentSelector with a value like xywh=pixel:120,80,0,0.")
    if selector.get("conformsTo", MEDIA_FRAGMENTS) != MEDIA_FRAGMENTS:
        raise Invalid("selector.form", f"A mark's selector must conform to {MEDIA_FRAGMENTS}.")
    region = read_region(selector)
    if region is None or not all(math.isfinite(v) for v in (region.x, region.y, region.width, region.height)):
        raise Invalid("selector.value", "A mark's place must be four numbers: xywh=pixel:left,top,width,height.")
    if bool(region.width) != bool(region.height):
        raise Invalid("selector.value", "A mark is a pin (no width, no height) or a box (both).")
    if width_px and height_px:
        # Half a pixel of grace: a browser rounds the picture's edge.
        outside = region.x + region.width > width_px + 0.5 or region.y + region.height > height_px + 0.5
        if outside:
            raise Invalid(
                "selector.outside", f"The mark lies outside the picture, which is {width_px} × {height_px} pixels."
            )
    return region.selector
