"""The report as one HTML file with nothing outside it: machine, tables, and for each bench a plot of the ratios to its peers as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from kg.bench.figure import Figure
from kg.bench.report import Report, name_figure

STYLE = """body{font:16px/1.5 Arial,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.bad{color:#a3123f;font-weight:bold}.good{color:#1b6e3c}
svg{max-width:100%;height:auto}svg text{fill:currentColor}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}
@media(prefers-color-scheme:dark){body{color:#eee;background:#181a1f}.bad{color:#ff8aa8}.good{color:#7fd6a0}th,td{border-color:#444}}"""
WIDTH, ROW, LEFT = 900, 30, 430


def write_page(report: Report) -> str:
    """The whole page."""
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Figures of speed</title>"
             "<meta name=viewport content='width=device-width'>"
             f"<style>{STYLE}</style><h1>Figures of speed</h1>"
             f"<p>Measured {report.made:%d %B %Y, %H:%M} UTC, each figure in one run with its peers. A ratio says how many times as good "
             "as the peer; above 1 is better, whether time or rate. Absolute figures are those of this machine on that day.</p><dl>",
             *(f"<dt>{escape(name)}<dd>{escape(value)}" for name, value in report.machine.items()), "</dl>", _regressions(report)]
    for bench, figures in report.figures.items():
        parts += [f"<h2 id={escape(bench)}>{escape(bench)}</h2>", draw_ratios([each for each in figures if each.ratio is not None]),
                  _table(bench, figures, report.stored)]
    for bench, why in report.failures.items():
        parts.append(f"<h2 id={escape(bench)}>{escape(bench)}</h2><p class=bad>No figures: {escape(why)}</p>")
    return "\n".join(parts) + "\n"


def draw_ratios(figures: Sequence[Figure]) -> str:
    """The ratio of each figure as a point with the spread of its runs, on a logarithmic axis; empty without any."""
    if not figures:
        return ""
    spreads = [_spread(figure) for figure in figures]
    low = math.floor(math.log10(min(0.5, *(least for least, _, _ in spreads))))
    high = math.ceil(math.log10(max(2.0, *(most for _, _, most in spreads))))
    height = ROW * (len(figures) + 1) + 10

    def across(ratio: float) -> float:
        return LEFT + (math.log10(ratio) - low) / (high - low) * (WIDTH - LEFT - 60)

    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-family="Arial" font-size="13"><title>Ratio to the peer</title>']
    for power in range(low, high + 1):
        at = across(10.0 ** power)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="5" y2="{height - ROW}" stroke="{"#888" if power == 0 else "#8884"}"/>'
                     f'<text x="{at:.1f}" y="{height - 10}" text-anchor="middle">{10.0 ** power:g}×</text>')
    for row, (figure, (least, middle, most)) in enumerate(zip(figures, spreads, strict=True)):
        up, colour = ROW * row + 20, "#a3123f" if figure.met is False else "#0e6fcb"
        parts.append(f'<text x="{LEFT - 12}" y="{up + 4}" text-anchor="end">{escape(figure.name)} / {escape(figure.peer)}</text>'
                     f'<line x1="{across(least):.1f}" x2="{across(most):.1f}" y1="{up}" y2="{up}" stroke="{colour}" stroke-width="3"/>'
                     f'<circle cx="{across(middle):.1f}" cy="{up}" r="5" fill="{colour}"/>'
                     f'<text x="{across(most) + 10:.1f}" y="{up + 4}">{middle:.3g}</text>')
    return "\n".join([*parts, "</svg>"])


def _spread(figure: Figure) -> tuple[float, float, float]:
    """The least, the median and the most ratio that the runs allow."""
    low, high = figure.spread
    other_low, other_high = min(figure.peer_runs), max(figure.peer_runs)
    ends = (low / other_high, high / other_low) if figure.more else (other_low / high, other_high / low)
    return ends[0], figure.ratio or 1.0, ends[1]


def _table(bench: str, figures: Sequence[Figure], stored: Mapping[str, float]) -> str:
    rows = []
    for figure in figures:
        low, high = figure.spread
        ratio, before = figure.ratio, stored.get(name_figure(bench, figure))
        state = {None: "<td>", True: "<td class=good>met", False: "<td class=bad>missed"}[figure.met]
        goals = [f"{'≥' if figure.more else '≤'} {figure.goal:g} {figure.unit}"] if figure.goal is not None else []
        goals += [f"≥ {figure.goal_ratio:g} × peer"] if figure.goal_ratio is not None else []
        rows.append(f"<tr><td>{escape(figure.name)}<td>{escape(figure.size)}<td class=n>{write_value(figure.value)} {escape(figure.unit)}"
                    f"<td class=n>{write_value(low)} to {write_value(high)}, {len(figure.runs)}<td>{escape('; '.join(goals))}{state}"
                    f"<td>{escape(figure.peer)}<td class=n>{write_value(figure.peer_value)}<td class=n>{write_value(ratio)}"
                    f"<td class=n>{write_value(before)}")
    return ("<table><tr><th>figure<th>size<th class=n>median<th class=n>spread, runs<th>goal<th><th>peer<th class=n>its median"
            "<th class=n>ratio<th class=n>stored</tr>" + "\n".join(rows) + "</table>")


def _regressions(report: Report) -> str:
    if not report.stored:
        return "<p>There are no stored ratios to compare with.</p>"
    worse = report.regressions()
    if not worse:
        return "<p class=good>No ratio is worse than the stored one beyond the noise.</p>"
    return "<p class=bad>Worse than stored:</p><ul>" + "".join(
        f"<li>{escape(key)}: {now:.3g} instead of {before:.3g}" for key, before, now in worse) + "</ul>"


def write_value(value: float | None) -> str:
    """Three digits that count, thousands apart; nothing for None."""
    return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
