"""The channel: exact rules, each with its source and its date."""

import re
from dataclasses import replace

import numpy as np
import pytest

from briefs.vocabulary import CHANNELS
from pipeline.qa.channel import RULES, Channel
from pipeline.qa.evidence import Evidence
from tests.pipeline.scenes import ring


def sized(width: int, height: int) -> Evidence:
    return Evidence(np.zeros((height, width, 3), np.float32), ring())


def test_every_rule_says_whose_it_is_and_when_it_was_read():
    for rule in RULES:
        assert len(rule.source) > 20
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", rule.read)
        assert set(rule.channels) <= set(CHANNELS)


@pytest.mark.parametrize("size", [(1024, 1280), (1638, 2048), (2048, 2048), (1152, 2048)])
def test_a_draft_in_the_shapes_that_briefs_offer_is_taken(size: tuple[int, int]):
    assert Channel().run(sized(*size)).verdict == "pass"


@pytest.mark.parametrize(
    ("size", "verdict", "words"),
    [
        ((400, 500), "warn", "Google Shopping refuses less than 500 x 500 px from 2027-01-31|Instagram's feed asks for 600 px"),
        ((499, 499), "warn", "Amazon asks for 500 px on the long side"),
        ((8100, 8100), "warn", "Google Shopping takes at most 64 megapixels"),
        ((5001, 5001), "warn", "Shopify takes at most 5000 px"),
        ((800, 990), "warn", "Amazon shows no zoom below 1000 px"),
        ((12000, 6000), "warn", "Amazon takes at most 10000 px"),
    ],
)  # fmt: skip
def test_what_a_channel_refuses_or_loses_is_said_by_name(size: tuple[int, int], verdict: str, words: str):
    result = Channel().run(sized(*size))
    assert result.verdict == verdict
    assert re.search(words, result.reason)


def test_a_shape_is_asked_only_of_those_who_show_it_uncut():
    tall = Channel().run(sized(1152, 2048))
    assert "Stories and reels" in tall.reason
    assert "Instagram's feed" in str(tall.details["other shapes are shown by"])
    assert "Stories" not in Channel().run(sized(2048, 2048)).reason


def test_a_pixel_of_rounding_makes_no_other_shape():
    feed = next(rule for rule in RULES if rule.name == "Instagram's feed")
    assert feed.suits(819, 1024)
    assert not feed.suits(760, 1024)
    assert not replace(feed, shapes=(1.0, 1.0)).suits(819, 1024)
