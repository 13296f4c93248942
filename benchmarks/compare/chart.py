"""The results as one picture: small bar charts side by side, written as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .libraries import LIBRARIES
from .outcome import Measure, Outcome, cpu_s, lag_s, p50_s, rate, wall_s
from .report import number

WIDTH, COLUMNS = 1120, 2
PANEL_WIDTH = WIDTH // COLUMNS
BAR, GAP, HEAD, NAMES, VALUES = 16, 7, 58, 150, 70
OURS_COLOUR, OTHER_COLOUR, TEXT, FAINT = "#0b6e4f", "#b9c2cc", "#1f2933", "#66727f"


@dataclass(frozen=True, slots=True)
class Panel:
    """One bar chart. ``factor`` converts a measure into ``unit``."""

    title: str
    unit: str
    measure: Measure
    factor: float
    group: str
    case: str
    better: str = "shorter is better"


_MORE = "longer is better"
PANELS = (
    Panel("One order at a time, RSA-2048", "ms, p50", p50_s, 1e3, "rsa", "create"),
    Panel("64 orders at once, RSA-2048", "orders per second", rate, 1, "rsa", "64 at once", _MORE),
    Panel("Longest stall of the event loop, 64 at once, RSA-2048", "ms", lag_s, 1e3, "rsa", "64 at once"),
    Panel("One order at a time, Ed25519", "ms, p50", p50_s, 1e3, "ed25519", "create"),
    Panel("CPU of one order, signature aside", "µs", cpu_s, 1e6, "nosign", "create"),
    Panel("64 orders at once, signature aside", "orders per second", rate, 1, "nosign", "64 at once", _MORE),
    Panel("A page of 1000 orders", "ms", wall_s, 1e3, "nosign", "page of 1000"),
    Panel("100,000 fills, page by page", "s", wall_s, 1, "fills", "fills"),
)


def chart(outcome: Outcome, machine: str) -> str:
    """Return the picture."""
    bars = [(panel, _bars(outcome, panel)) for panel in PANELS]
    drawn = [(panel, found) for panel, found in bars if found]
    parts: list[str] = []
    top = 64
    for first in range(0, len(drawn), COLUMNS):
        row = drawn[first : first + COLUMNS]
        for place, (panel, found) in enumerate(row):
            parts.append(_panel(panel, found, place * PANEL_WIDTH, top))
        top += HEAD + max(len(found) for _, found in row) * (BAR + GAP) + 18
    height = top + 24
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" font-family="system-ui, -apple-system, Segoe UI, Helvetica, sans-serif">',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(24, 36, "kalshi_async beside the other ways to the exchange", size=20, weight=600),
            *parts,
            _text(24, height - 16, f"Medians. {machine}", size=11, colour=FAINT),
            "</svg>\n",
        ]
    )


def _bars(outcome: Outcome, panel: Panel) -> list[tuple[str, str, float]]:
    # Adapter, label and value, best first.
    found = []
    for library in LIBRARIES:
        if library.adapter == "floor" and panel.better == _MORE:
            continue  # its bar is so long that the others could not be compared
        value = outcome.median(panel.measure, panel.group, panel.case, library.adapter)
        if value is not None:
            found.append((library.adapter, library.label, value * panel.factor))
    return sorted(found, key=lambda bar: bar[2], reverse=panel.better == _MORE)


def _panel(panel: Panel, bars: Sequence[tuple[str, str, float]], left: int, top: int) -> str:
    parts = [
        _text(left + 24, top + 16, panel.title, size=14, weight=600),
        _text(left + 24, top + 34, f"{panel.unit}; {panel.better}", size=11, colour=FAINT),
    ]
    longest = max(value for _, _, value in bars)
    start = left + 24 + NAMES
    room = PANEL_WIDTH - 24 - NAMES - VALUES
    for place, (adapter, name, value) in enumerate(bars):
        y = top + HEAD - 10 + place * (BAR + GAP)
        is_ours = adapter == "ours"
        length = max(1.0, value / longest * room)
        parts += [
            _text(start - 8, y + 12, name, size=11, weight=600 if is_ours else 400, anchor="end"),
            f'<rect x="{start}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" '
            f'fill="{OURS_COLOUR if is_ours else OTHER_COLOUR}"/>',
            _text(start + length + 6, y + 12, number(value), size=11, weight=600 if is_ours else 400),
        ]
    return "\n".join(parts)


def _text(
    x: float, y: float, text: str, *, size: int, weight: int = 400, colour: str = TEXT, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
