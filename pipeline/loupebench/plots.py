"""Plots as SVG, drawn here: a line chart needs no plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, TOP, RIGHT, BOTTOM = 64, 44, 220, 56
# Told apart on either kind of colour blindness (Okabe and Ito, 2008), and by their dashes in grey.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5f5f5f", "#000000")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "", "6 3", "2 3", "8 3 2 3")


@dataclass(frozen=True)
class Curve:
    """`points`: (x, y); `bars`: (x, low, high), its intervals."""

    name: str
    points: Sequence[tuple[float, float]]
    bars: Sequence[tuple[float, float, float]] = ()


def chart(
    title: str,
    curves: Sequence[Curve],
    x_label: str,
    y_label: str,
    x_ticks: Sequence[tuple[float, str]],
    x_range: tuple[float, float],
    line_at: float | None = None,
) -> str:
    """An SVG of curves over y from 0 to 1. `x_ticks`: (x, words); `line_at`: an x to mark."""
    plot_w, plot_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def px(x: float) -> float:
        return LEFT + plot_w * (min(max(x, x_range[0]), x_range[1]) - x_range[0]) / (x_range[1] - x_range[0])

    def py(y: float) -> float:
        return TOP + plot_h * (1 - min(max(y, 0.0), 1.0))

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12" fill="#222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="600">{escape(title)}</text>',
    ]
    for k in range(0, 11, 2):
        y = py(k / 10)
        out.append(f'<path d="M{LEFT} {y:.1f}H{LEFT + plot_w}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{k / 10:g}</text>')
    for x, words in x_ticks:
        out.append(f'<path d="M{px(x):.1f} {TOP + plot_h}v5" stroke="#888"/>')
        out.append(f'<text x="{px(x):.1f}" y="{TOP + plot_h + 20}" text-anchor="middle">{escape(words)}</text>')
    if line_at is not None:
        out.append(f'<path d="M{px(line_at):.1f} {TOP}v{plot_h}" stroke="#888" stroke-dasharray="3 3"/>')
    out.append(f'<text x="{LEFT + plot_w / 2}" y="{HEIGHT - 14}" text-anchor="middle">{escape(x_label)}</text>')
    middle = TOP + plot_h / 2
    out.append(
        f'<text x="18" y="{middle}" text-anchor="middle" transform="rotate(-90 18 {middle})">{escape(y_label)}</text>'
    )
    for k, curve in enumerate(curves):
        colour, dash = COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)]
        path = " ".join(f"{px(x):.1f},{py(y):.1f}" for x, y in curve.points)
        out.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        # Intervals stand a little apart, or those of several curves would lie on each other.
        aside = 3.0 * (k - (len(curves) - 1) / 2) if curve.bars else 0.0
        for x, low, high in curve.bars:
            out.append(f'<path d="M{px(x) + aside:.1f} {py(low):.1f}V{py(high):.1f}" stroke="{colour}" opacity=".5"/>')
        y = TOP + 14 + 20 * k
        x0 = LEFT + plot_w + 16
        out.append(f'<path d="M{x0} {y - 4}h24" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>')
        out.append(f'<text x="{x0 + 30}" y="{y}">{escape(curve.name)}</text>')
    out.append("</svg>\n")
    return "\n".join(out)
