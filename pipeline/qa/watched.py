"""Between two lines: what isn't beyond the line that hardly any kept picture crosses, and yet more than most of them show.

A calibrated line holds under every nuisance together: small, noisy, compressed, unevenly lit. In a large clean picture the same
line lets a lost claw by. What lies between that line and the one for good circumstances is therefore neither passed nor failed: it
warns, and says where to look.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.qa.check import CheckResult
from pipeline.qa.evidence import Evidence
from pipeline.qa.thresholds import has_line, line


def watched(result: CheckResult, evidence: Evidence) -> CheckResult:
    """The result, warning where it passed with a statistic beyond its watch line."""
    if result.verdict != "pass":
        return result
    setting = evidence.setting
    lines = {name: line(name, setting) for name in result.statistics if has_line(name, setting)}
    beyond = [name for name, drawn in lines.items() if not drawn.quiet(result.statistics[name])]
    if not beyond:
        return result
    words = (
        "More differs here than in pictures taken in good circumstances, though no more than in some of kept pieces: look at it. "
        + result.reason
    )
    return replace(result, verdict="warn", reason=words)
