"use strict";
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const at = (id) => document.getElementById(id);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const percent = (x) => (x === null ? "–" : `${(100 * x).toFixed(x > 0 && (x < 0.1 || (x > 0.9 && x < 1)) ? 1 : 0)} %`);
  const number = (x, digits = 2) => (x === null ? "–" : Number(x.toFixed(digits)).toString());
  const held = new Set(figures.heldOut);
  const card = figures.cards[0];
  // A dozen colours that differ also without hue, drainwatch's own first and bold.
  const palette = ["#1f77b4", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02", "#a6761d", "#888888", "#17becf", "#9467bd", "#8c564b"];

  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  };

  const table = (id, columns, rows, none) => {
    const target = at(id);
    if (!rows.length) {
      target.replaceWith(element("p", none, "nothing"));
      return;
    }
    const head = element("thead"), line = element("tr"), body = element("tbody");
    columns.forEach(([title, kind]) => line.append(element("th", title, kind)));
    head.append(line);
    for (const row of rows) {
      const tr = element("tr");
      row.forEach((value, index) => tr.append(element("td", value, columns[index][1])));
      body.append(tr);
    }
    target.append(head, body);
  };

  const layout = (more) => ({
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: { l: 54, r: 16, t: 12, b: 40 },
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: color("ink") }, ...more,
  });
  const axis = (more) => ({ gridcolor: color("line"), zerolinecolor: color("line"), linecolor: color("line"), ...more });
  const settings = { responsive: true, displayModeBar: false };

  const goals = () => {
    const options = figures.options;
    at("about").textContent =
      `${card.seeds} seeds, ${number(card.days, 1)} days tested after ${options.train_days} learned each, ` +
      `${card.faults} faults; ${card.tuned.found} of ${card.tuned.of} found of kinds that may be tuned on, ` +
      `${card.held_out.found} of ${card.held_out.of} of kinds held out. Recall by window, slow ramps left out: ${percent(card.recall_without_ramps.value)}.`;
    for (const goal of figures.goals) {
      const box = element("div", undefined, goal.reached ? "goal reached" : "goal");
      box.append(element("span", goal.reached ? "✓" : "✗", "mark"));
      box.append(element("div", goal.percent ? percent(goal.value) : number(goal.value, 3), "value"));
      const limit = goal.percent ? percent(goal.limit) : number(goal.limit);
      box.append(element("p", goal.name), element("p", `goal ${goal.at_least ? "≥" : "≤"} ${limit}`, "note"));
      at("goals").append(box);
    }
  };

  const kinds = () => {
    const groups = [...card.kinds].reverse();
    Plotly.newPlot("kinds", [{
      type: "bar", orientation: "h", y: groups.map((one) => one.name), x: groups.map((one) => one.share.value),
      error_x: {
        type: "data", symmetric: false, color: color("ink"), thickness: 1.2, width: 4,
        array: groups.map((one) => one.share.high - one.share.value), arrayminus: groups.map((one) => one.share.value - one.share.low),
      },
      marker: { color: color("accent"), opacity: groups.map((one) => (held.has(one.name) ? 0.5 : 1)) },
      customdata: groups.map((one) => [
        figures.kinds[one.name], one.found, one.of, one.delay === null ? "–" : number(one.delay, 1), one.named, one.nameable,
        card.sizes.filter((size) => size.name.startsWith(`${one.name} `)).map((size) => `${size.name.slice(one.name.length + 1)} ${size.found}/${size.of}`).join(", "),
      ]),
      hovertemplate: "%{customdata[0]}<br>%{customdata[1]} of %{customdata[2]} found (%{customdata[6]})<br>told after %{customdata[3]} windows, named first %{customdata[4]} of %{customdata[5]}<extra></extra>",
    }], layout({
      height: 40 + 30 * groups.length, margin: { l: 130, r: 70, t: 8, b: 36 }, bargap: 0.35,
      xaxis: axis({ range: [0, 1.02], tickformat: ".0%" }), yaxis: axis({ automargin: true }),
      annotations: groups.map((one) => ({ x: 1.03, xref: "paper", xanchor: "left", y: one.name, text: `${one.found}/${one.of}`, showarrow: false })),
    }), settings);
  };

  const time = (trial) => {
    const moments = trial.score.map((_, index) => trial.start + index * trial.span);

    const shapes = trial.events.map((one) => ({
      type: "rect", xref: "x", yref: "paper", y0: 0, y1: 1, line: { width: 0 }, layer: "below",
      x0: trial.start + one.begin * 60000, x1: trial.start + one.end * 60000,
      fillcolor: color(one.harmless ? "harmless" : one.found ? "found" : "missed"),
    }));
    const named = (one) => `${one.kind}${one.size ? ` ${one.size}` : ""}<br>${one.workload || "whole namespace"}${one.harmless ? "" : one.found ? "<br>found" : "<br>missed"}`;
    Plotly.react("time", [
      { type: "scatter", mode: "lines", x: moments, y: trial.score, line: { color: color("accent"), width: 1 }, hovertemplate: "%{x|%a %H:%M}: %{y}<extra></extra>" },
      {
        type: "scatter", mode: "markers", x: trial.events.map((one) => trial.start + (one.begin + one.end) * 30000), y: trial.events.map(() => 103),
        text: trial.events.map(named), hovertemplate: "%{text}<extra></extra>",
        marker: {
          size: 8, symbol: trial.events.map((one) => (one.harmless ? "circle-open" : one.found ? "triangle-down" : "x")),
          color: trial.events.map((one) => color(one.harmless ? "muted" : one.found ? "good" : "bad")),
        },
      },
    ], layout({
      height: 320, showlegend: false, hovermode: "closest",
      xaxis: axis({ type: "date", range: [moments[0], moments[moments.length - 1]] }),
      yaxis: axis({ range: [0, 108], title: { text: "score" }, fixedrange: true }),
      shapes: [...shapes, { type: "line", xref: "paper", x0: 0, x1: 1, y0: trial.alert, y1: trial.alert, line: { color: color("muted"), width: 1, dash: "dash" } }],
    }), settings);

  };

  const curves = (id, key, across, up) => {
    const traces = figures.curves.map((one, index) => ({
      type: "scatter", mode: "lines", name: one.detector, x: one[key][0], y: one[key][1],
      line: { color: palette[index % palette.length], width: index ? 1.3 : 3, dash: index > 5 ? "dot" : "solid" },
      hovertemplate: `${across} %{x:.1%}, ${up} %{y:.1%}<extra>%{fullData.name}</extra>`,
    }));
    Plotly.newPlot(id, traces, layout({
      height: 440, legend: { orientation: "h", y: -0.2, yanchor: "top" }, showlegend: traces.length > 1,
      xaxis: axis({ range: [0, 1], tickformat: ".0%", title: { text: across } }), yaxis: axis({ range: [0, 1.02], tickformat: ".0%", title: { text: up } }),
    }), settings);
  };

  const lists = () => {
    table("peace", [["with", ""], ["", "text"], ["events", "number"], ["false incidents", "number"], ["a day", "number"]], card.peace.map((row) => [
      row.name ? row.name + (held.has(row.name) ? " (held out)" : "") : "nothing planted", row.name ? figures.kinds[row.name] : "", row.name ? row.events : "",
      row.false, number(row.false / card.days),
    ]), "None was planted.");
    if (figures.cards.length < 2) at("compared").remove();
    else table("comparison", [["detector", ""], ["found", "number"], ["false a day", "number"], ["delay", "number"], ["named first", "number"], ["AUC-ROC", "number"], ["PR-AUC", "number"], ["precision", "number"], ["recall", "number"], ["false positives", "number"]], figures.cards.map((one) => [
      one.detector, percent(one.found.value), number(one.false_a_day.value), one.delay === null ? "–" : number(one.delay, 1), percent(one.named.value),
      number(one.auc_roc.value, 3), number(one.auc_pr.value, 3), percent(one.precision.value), percent(one.recall.value), percent(one.false_positive_rate.value),
    ]), "");
    const clock = (micros) => new Date(micros / 1000).toISOString().slice(0, 16).replace("T", " ");
    table("missed", [["seed", "number"], ["begins (UTC)", "number"], ["minutes", "number"], ["kind", ""], ["size", ""], ["workload", "text"]], card.missed.map((one) => [
      one.seed, clock(one.event.begin), (one.event.end - one.event.begin) / 60e6, one.event.kind + (held.has(one.event.kind) ? " (held out)" : ""), one.event.size, one.event.workload || "whole namespace",
    ]), "None was missed.");
    table("false", [["seed", "number"], ["begins (UTC)", "number"], ["windows", "number"], ["score", "number"], ["with", "kind"], ["told", "text"]], card.false.map((one) => [
      one.seed, clock(one.told.windows[0]), one.told.windows.length, number(one.told.score, 0), one.during || "nothing planted", one.told.summary,
    ]), "There was none.");
  };

  const all = () => {
    kinds();
    time(figures.trials[at("seed").selectedIndex]);
    curves("roc", "roc", "false positives", "recall");
    curves("pr", "pr", "recall", "precision");
  };
  for (const trial of figures.trials) at("seed").append(element("option", String(trial.seed)));
  at("seed").addEventListener("change", () => time(figures.trials[at("seed").selectedIndex]));
  goals();
  lists();
  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
