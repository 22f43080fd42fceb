"""A check's number as a jeweller reads it, on the report's page and on the site alike."""

from __future__ import annotations

# Shares of a whole, told as per cent; the words say of what.
PER_CENT = {
    "share": "",
    "agreement": "agreement",
    "of its width": "of its width",
    "of the highlights": "of the highlights",
    "of the gaps' contrast": "of the gaps' contrast",
    "of what is allowed": "of what is allowed",
    "of the limit": "of the limit",
    "of the other": "of the other",
    "longer than wide": "longer than wide",
    "of the overlap": "of the overlap",
    "of the light taken": "of the light taken",
    "of full brightness": "of full brightness",
    "of its level": "of its level",
    "of the photo's fine detail": "of the photo's fine detail",
}
# Where a hundredth of a per cent is worth telling: a piece's lost pixels, and a band's change of width.
FINELY = ("share", "of its width", "of full brightness", "of its level")
DECIMALS = {"SSIM": 4, "px": 2, "ΔE00": 1, "°": 0, "fingers": 0}


def figure(value: float | None, unit: str) -> str:
    """`value` in `unit` in words: shares as per cent, factors with two digits, no more digits than can be judged."""
    if value is None:
        return ""
    if unit in PER_CENT:
        return f"{_rounded(value * 100, 2 if unit in FINELY else 0)} % {PER_CENT[unit]}".strip()
    if unit == "of its true size":
        return f"{value:.2f} × true size"
    if unit == "x":
        return f"{value:.2f} ×"
    if unit == "leaning":
        return f"{_rounded(value * 100, 0)} % of the way to a sibling"
    number = f"{value:.0f}" if unit == "px" and abs(value) >= 100 else _rounded(value, DECIMALS.get(unit, 2))
    if unit in ("SSIM", "°"):
        return number + unit.removeprefix("SSIM")
    return f"{number} {unit}".strip()


def _rounded(value: float, decimals: int) -> str:
    """Rounded, without trailing zeros; a number too small to show is said to be below the last digit."""
    least = 10.0**-decimals
    if 0 < abs(value) < least / 2:
        return f"< {least:g}"
    number = f"{value:.{decimals}f}"
    return (number.rstrip("0").rstrip(".") if decimals else number).replace("-", "−")
