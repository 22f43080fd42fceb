"""The channel: what shops and networks demand of a picture's size and shape, each rule with whose page it is on and when read.

Rules change. Each says where it was published and when it was read there, or read as somebody else repeats it; who finds
another number on that page corrects it here, with its date. What can be read from pixels alone is held; a file's weight and
format are the delivery's.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.qa.check import CheckResult, Group, Need, Verdict
from pipeline.qa.evidence import Evidence

READ = "2026-11-25"


@dataclass(frozen=True)
class Rule:
    """What one channel asks. Sides in pixels; shapes as width over height, both ends allowed.

    - `least_long`, `least_short`, `most_long`: what it refuses below and above. `megapixels`: the most it takes.
    - `whole_from`: below that long side something is lost, which `lost` says.
    - `shapes`: the shapes that it shows uncut; others aren't meant for it.
    - `channels`: the briefs' channels that it speaks for. `source`, `read`: whose page, and the day.
    """

    name: str
    channels: tuple[str, ...]
    source: str
    least_long: int = 0
    least_short: int = 0
    most_long: int | None = None
    megapixels: float | None = None
    whole_from: int = 0
    lost: str = ""
    shapes: tuple[float, float] = (0.0, float("inf"))
    read: str = READ

    def suits(self, width: int, height: int) -> bool:
        """Whether the channel shows this shape uncut; a pixel more or less doesn't matter."""
        low, high = self.shapes
        return (width + 1) / height >= low and (width - 1) / height <= high

    def refusal(self, width: int, height: int) -> str:
        """Why the channel refuses this size, in words; empty where it takes it."""
        long, short = max(width, height), min(width, height)
        if long < self.least_long:
            return f"{self.name} asks for {self.least_long} px on the long side"
        if short < self.least_short:
            return f"{self.name} asks for {self.least_short} px on the short side"
        if self.most_long is not None and long > self.most_long:
            return f"{self.name} takes at most {self.most_long} px on the long side"
        if self.megapixels is not None and width * height > self.megapixels * 1e6:
            return f"{self.name} takes at most {self.megapixels:g} megapixels"
        return ""


RULES: tuple[Rule, ...] = (
    Rule(
        "Amazon",
        ("amazon_secondary",),
        "Amazon Seller Central, Product image guide, as repeated by help.e-tailize.com and mercatuslab.com",
        least_long=500,
        most_long=10_000,
        whole_from=1000,
        lost="shows no zoom below 1000 px",
    ),
    Rule(
        "Google Shopping",
        ("google_merchant",),
        "Google Merchant Center help, Image link (answer 6324350): apparel and accessories, which jewelry is; as repeated by "
        "help.mergado.com and, for 2027, emberfeed.com",
        least_short=250,
        megapixels=64,
        whole_from=500,
        lost="refuses less than 500 x 500 px from 2027-01-31",
    ),
    Rule(
        "Shopify",
        ("webshop",),
        "Shopify help, Product media types, as repeated by photoroom.com's guide to Shopify image sizes (2026)",
        most_long=5000,
        whole_from=800,
        lost="shows no zoom below 800 px",
    ),
    Rule(
        "eBay",
        ("marketplaces",),
        "eBay picture policy, as repeated by plomz.com's requirements for sellers (2026-02-13)",
        least_long=500,
    ),
    Rule(
        "Instagram's feed",
        ("instagram",),
        "Meta for developers, Instagram ads API, Media requirements",
        least_short=600,
        shapes=(4 / 5, 1.91),
    ),
    Rule(
        "Stories and reels",
        ("stories",),
        "Meta ads guide, Instagram stories (ratio 9:16, tolerance 1 %), as repeated by odysseymediagroup.co.uk",
        least_short=500,
        shapes=(9 / 16 * 0.99, 9 / 16 * 1.01),
    ),
    Rule(
        "Pinterest",
        ("pinterest",),
        "Pinterest business help, Pin specs: taller than 1:2.1 is cut off; as repeated by postfa.st (2026-03-10)",
        shapes=(1 / 2.1, 1.0),
    ),
)


@dataclass(frozen=True)
class Channel:
    """The picture's size and shape against the rules of shops and networks, each with its source and the day it was read:
    which of them that show its shape uncut take it, which refuse it, and what is lost on it there."""

    id: str = "channel"
    title: str = "Shops and networks take the picture"
    version: str = "1"
    mandatory: bool = False
    group: Group = "channel"
    needs: tuple[Need, ...] = ()

    def run(self, evidence: Evidence) -> CheckResult:
        height, width = evidence.picture.shape[:2]
        meant = [rule for rule in RULES if rule.suits(width, height)]
        refused = {rule.name: why for rule in meant if (why := rule.refusal(width, height))}
        taking = [rule for rule in meant if rule.name not in refused]
        lost = [f"{rule.name} {rule.lost}" for rule in taking if max(width, height) < rule.whole_from]
        other = [rule.name for rule in RULES if rule not in meant]
        verdict: Verdict = "pass" if not refused and not lost else "warn" if taking else "fail"
        words = f"{width} x {height} px: taken by {_listed([r.name for r in taking])}." if taking else ""
        if not taking:
            words = f"{width} x {height} px: none of the shops and networks looked at takes this size."
        words += "".join(f" {why}." for why in [*refused.values(), *lost])
        details: dict[str, object] = {rule.name: f"{rule.source}; read {rule.read}" for rule in meant}
        if other:
            details["other shapes are shown by"] = _listed(other)
        return CheckResult(
            self.id,
            verdict,
            words,
            value=float(len(taking)),
            threshold=float(len(meant)),
            unit="channels",
            details=details,
            rests_on="the rules as they were published",
        )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
