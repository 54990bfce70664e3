"""A replay as one page that loads nothing: scores over time with known incidents shaded, and what a budget brings."""

from __future__ import annotations

from html import escape
from math import log10
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from detector.api.times import rfc3339
from detector.evaluate.replay import Backtest
from detector.findings import Anomaly
from detector.rarity import score_of_budget
from detector.replay import Hit, Replayed
from detector.settings import micros

_FOUND, _MISSED, _TOLD, _QUIET, _LINE = "#2c8a6b", "#b3261e", "#a5143f", "#a9b6c2", "#1f6391"
_LAYOUT: dict[str, Any] = {
    "margin": {"l": 56, "r": 20, "t": 12, "b": 40},
    "paper_bgcolor": "#fff",
    "plot_bgcolor": "#fff",
    "font": {"family": "system-ui, sans-serif", "size": 12, "color": "#16202a"},
}
_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; color: #16202a; background: #f4f6f8; }
body { margin: 0 auto; max-width: 1200px; padding: 20px; }
h1 { font-size: 20px; } h2 { font-size: 15px; margin: 26px 0 8px; }
.note { color: #5b6876; font-weight: 400; font-size: 13px; } .missed { color: #b3261e; font-weight: 600; }
.panel { background: #fff; border: 1px solid #e3e8ed; border-radius: 8px; padding: 6px 10px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: #5b6876; font-size: 12px; }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid #edf1f5; vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border: 0; }
"""


def page(test: Backtest, result: dict[str, Any]) -> str:
    """HTML; `result` is `as_json` of the test."""
    total = result["total"]
    parts = [
        f"<h1>{_headline(total)}</h1>",
        f"<p class=note>{escape(result['since'])} until {escape(result['until'])}, at an alert budget of "
        f"{result['alert_budget']:g}; times in UTC. Feedback: {escape(result['feedback'])}.</p>",
        "<h2>By namespace</h2>",
        _table(_NAMESPACE_HEADINGS, [_namespace_row(one) for one in result["namespaces"]]),
    ]
    if result["incidents"]:
        parts += ["<h2>Known incidents</h2>", _table(_INCIDENT_HEADINGS, list(map(_incident_row, result["incidents"])))]
    parts += [
        "<h2>Alert budgets <span class=note>alerts a day and what is found, by the models of this one</span></h2>",
        _drawn(_curve(result), "curve"),
    ]
    for number, one in enumerate(test.replays):
        parts.append(
            f"<h2>{escape(one.namespace)} <span class=note>score of each window that stands out; known incidents "
            "shaded, green where found</span></h2>"
        )
        parts.append(_drawn(_scores(one, test), f"scores-{number}"))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Replay · drainwatch</title><style>{_STYLE}</style>"
        f"<script>{get_plotlyjs()}</script><body>{''.join(parts)}</body></html>\n"
    )


_NAMESPACE_HEADINGS = (
    "namespace", "judged", "found", "told", "false", "alerts a day", "precision", "recall", "F1", "median delay",
)  # fmt: skip
_INCIDENT_HEADINGS = ("", "start", "end", "where", "name")


def _headline(total: dict[str, Any]) -> str:
    alerts = f"{total['alerts_a_day']:.2f} alerts a day"
    return f"{total['found']} of {total['known']} known incidents found, {alerts}" if total["known"] else alerts


def _namespace_row(one: dict[str, Any]) -> list[str]:
    delay = one["median_delay_seconds"]
    shares = ["–" if one[name] is None else f"{one[name]:.2f}" for name in ("precision", "recall", "f1")]
    return [
        escape(one["namespace"]),
        f"{one['judged_days']:.1f} d",
        f"{one['found']} of {one['known']}",
        str(one["told"]),
        str(one["false_alarms"]) if one["known"] else "–",
        f"{one['alerts_a_day']:.2f}",
        *(shares if one["known"] else ["–"] * 3),
        "–" if delay is None else f"{delay:.0f} s",
    ]


def _incident_row(one: dict[str, Any]) -> list[str]:
    state = f"found, {one['delay_seconds']:.0f} s" if one["found"] else "<span class=missed>missed</span>"
    where = "/".join(filter(None, (one["namespace"], one["workload"])))
    return [state if one["judged"] else "not judged", one["start"], one["end"], escape(where), escape(one["name"])]


def _table(headings: tuple[str, ...], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{one}</td>' for one in row)}</tr>" for row in rows)
    return f"<div class=panel><table><tr>{head}</tr>{body}</table></div>"


def _curve(result: dict[str, Any]) -> go.Figure:
    points = result["curve"]
    budgets = [one["alert_budget"] for one in points]
    figure = go.Figure(layout=_LAYOUT | {"height": 280, "legend": {"orientation": "h", "y": 1.2}})
    figure.add_scatter(x=budgets, y=[one["alerts_a_day"] for one in points], name="alerts a day", line_color=_TOLD)
    if result["total"]["known"]:
        recalls = [one["recall"] for one in points]
        figure.add_scatter(x=budgets, y=recalls, name="share found", yaxis="y2", line_color=_FOUND)
    for budget, text in ((result["alert_budget"], "now"), (result["suggested_alert_budget"], "suggested")):
        if budget is not None:
            figure.add_vline(x=budget, line_dash="dot", line_color=_LINE)
            # An annotation on a logarithmic axis is placed by the logarithm, a line isn't.
            figure.add_annotation(x=log10(budget), y=1, yref="paper", yanchor="bottom", text=text, showarrow=False)
    figure.update_xaxes(type="log", title="detection.alert_budget", tickvals=budgets, gridcolor="#edf1f5")
    figure.update_layout(
        yaxis={"title": "alerts a day", "rangemode": "tozero", "gridcolor": "#edf1f5"},
        yaxis2={
            "title": "share found",
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.02],
            "showgrid": False,
            "tickmode": "array",
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "tickformat": ".0%",
        },
    )
    return figure


def _scores(one: Replayed, test: Backtest) -> go.Figure:
    told = {anomaly.id for anomaly in one.told(test.settings.alert_budget)[0]}
    threshold = score_of_budget(test.settings.alert_budget, micros(test.settings.window))
    figure = go.Figure(layout=_LAYOUT | {"height": 240, "showlegend": False, "hoverlabel": {"align": "left"}})
    figure.add_bar(
        x=[rfc3339(anomaly.window) for anomaly in one.anomalies],
        y=[anomaly.score for anomaly in one.anomalies],
        marker_color=[_TOLD if anomaly.id in told else _QUIET for anomaly in one.anomalies],
        # Of a week a minute is less than a pixel wide.
        marker_line={"color": [_TOLD if anomaly.id in told else _QUIET for anomaly in one.anomalies], "width": 2},
        hovertext=[_hover(anomaly) for anomaly in one.anomalies],
        hoverinfo="x+y+text",
    )
    for hit in test.total.hits:
        if hit.known.namespace in ("", one.namespace):
            figure.add_vrect(
                x0=rfc3339(hit.known.start),
                x1=rfc3339(hit.known.end),
                fillcolor=_shade(hit, one),
                opacity=0.22,
                line_width=1,
                line_color=_shade(hit, one),
            )
    figure.add_hline(y=threshold, line_dash="dot", line_color=_LINE, line_width=1)
    figure.update_xaxes(range=[rfc3339(test.since), rfc3339(test.until)], gridcolor="#edf1f5")
    figure.update_yaxes(range=[0, 100], title="score", gridcolor="#edf1f5")
    return figure


def _shade(hit: Hit, one: Replayed) -> str:
    return _FOUND if hit.namespace == one.namespace else _QUIET if hit.namespace or not hit.judged else _MISSED


def _hover(anomaly: Anomaly) -> str:
    return "<br>".join(
        escape(f"{reason.kind}: {reason.workload}: {reason.template[:100]}") for reason in anomaly.reasons[:3]
    )


def _drawn(figure: go.Figure, name: str) -> str:
    drawn = figure.to_html(full_html=False, include_plotlyjs=False, div_id=name, config={"displaylogo": False})
    return f"<div class=panel>{drawn}</div>"
