"""The numbers on the report's page and on the site: what a jeweller reads."""

import pytest

from pipeline.qa.figures import figure


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1.0, "agreement", "100 % agreement"),
        (0.00299, "of what is allowed", "< 1 % of what is allowed"),
        (1.0, "of its true size", "1.00 × true size"),
        (0.99951, "share", "99.95 %"),
        (0.00002, "share", "< 0.01 %"),
        (0.0, "share", "0 %"),
        (-0.0123, "of its width", "−1.23 % of its width"),
        (0.9978, "SSIM", "0.9978"),
        (1280.0, "px", "1280 px"),
        (0.126, "px", "0.13 px"),
        (0.5, "x", "0.50 ×"),
        (2.34, "ΔE00", "2.3 ΔE00"),
        (0.04, "leaning", "4 % of the way to a sibling"),
        (132.4, "°", "132°"),
        (6.0, "fingers", "6 fingers"),
        (0.77, "of the other", "77 % of the other"),
        (None, "share", ""),
    ],
)
def test_a_number_reads_as_people_say_it(value: float | None, unit: str, words: str):
    assert figure(value, unit) == words
