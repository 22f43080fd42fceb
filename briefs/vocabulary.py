"""The words a brief is made of: where pictures are used, which markets, which moods. Slugs are stored, labels are shown.

A slug is never renamed: old briefs hold it. `crop` is the shape a channel asks for, as `pipeline.direction` names it.
"""

from __future__ import annotations

from dataclasses import dataclass

CROPS: dict[str, str] = {
    "4:5": "4:5 portrait",
    "1:1": "1:1 square",
    "3:4": "3:4 portrait",
    "9:16": "9:16 tall",
    "16:9": "16:9 wide",
}


@dataclass(frozen=True)
class Channel:
    """A place where pictures are shown, and the crop it wants."""

    label: str
    crop: str
    hint: str = ""


CHANNELS: dict[str, Channel] = {
    "webshop": Channel("Own webshop", "4:5"),
    "instagram": Channel("Instagram feed", "4:5"),
    "stories": Channel("Stories and reels", "9:16"),
    "pinterest": Channel("Pinterest", "3:4"),
    "amazon_secondary": Channel(
        "Amazon, secondary slots", "1:1", "Amazon's main picture must be the product alone on white."
    ),
    "google_merchant": Channel("Google Shopping, lifestyle", "1:1"),
    "marketplaces": Channel("Other marketplaces", "1:1"),
    "banner": Channel("Website banner", "16:9"),
    "newsletter": Channel("Newsletter", "16:9"),
    "print": Channel("Print and lookbook", "3:4"),
}

MARKETS: dict[str, str] = {
    "eu": "European Union",
    "uk": "United Kingdom",
    "us": "United States",
    "ca": "Canada",
    "gulf": "Gulf states",
    "in": "India",
    "cn": "China",
    "jp": "Japan",
    "kr": "South Korea",
    "au": "Australia",
}

MOODS: dict[str, str] = {
    "warm": "Warm",
    "cool": "Cool",
    "soft_light": "Soft light",
    "rembrandt": "Rembrandt light",
    "hard_light": "Hard light, clear shadows",
    "bright": "Bright and airy",
    "dark": "Dark and rich",
    "minimal": "Minimal",
    "editorial": "Editorial",
    "romantic": "Romantic",
    "festive": "Festive",
    "everyday": "Everyday",
    "sculptural": "Sculptural",
    "heritage": "Heritage",
}


def mood_words(slug: str) -> str:
    """A mood inside a sentence: "soft light", but "Rembrandt light"."""
    label = MOODS.get(slug, slug)
    return label if label.startswith("Rembrandt") else label[:1].lower() + label[1:]


def channel_label(slug: str) -> str:
    """A channel's name; the slug itself for one that is no longer offered."""
    channel = CHANNELS.get(slug)
    return channel.label if channel else slug.replace("_", " ").capitalize()


def crops_of(channels: list[str]) -> dict[str, list[str]]:
    """The crops that these channels ask for, each with its channels, in the channels' order; 4:5 where none is named."""
    crops: dict[str, list[str]] = {}
    for slug in channels:
        if slug in CHANNELS:
            crops.setdefault(CHANNELS[slug].crop, []).append(slug)
    return crops or {"4:5": []}
