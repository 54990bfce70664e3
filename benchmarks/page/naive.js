// All scores of all namespaces window by window, a heat map of Plotly, all incidents as a list.

const MINUTE = 60_000;
let rows = [];

async function all(path) {
  const items = [];
  for (let cursor = null; ; ) {
    const page = await (await fetch(path + (cursor ? `&cursor=${cursor}` : ""))).json();
    items.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) return items;
  }
}

function draw(since, until) {
  const words = document.getElementById("filter").value;
  const shown = rows.filter((row) => row.namespace.includes(words));
  const width = Math.round((until - since) / MINUTE);
  const x = Array.from({ length: width }, (_, at) => new Date(since + at * MINUTE));
  const z = shown.map((row) => {
    const line = new Array(width).fill(0);
    row.times.forEach((time, at) => {
      line[Math.round((Date.parse(time) - since) / MINUTE)] = row.scores[at];
    });
    return line;
  });
  const layout = { height: 26 * shown.length + 80, margin: { l: 200 } };
  return Plotly.react("chart", [{ type: "heatmap", x, y: shown.map((row) => row.namespace), z }], layout);
}

let range = [];

async function load(length) {
  const [scores, incidents] = await Promise.all([
    fetch(`/api/v1/scores?since=-${length}`).then((answer) => answer.json()),
    all(`/api/v1/incidents?since=-${length}&limit=1000`),
  ]);
  rows = scores.rows;
  range = [Date.parse(scores.since), Date.parse(scores.until)];
  await draw(...range);
  document.getElementById("incidents").replaceChildren(
    ...incidents.map((one) => {
      const item = document.createElement("li");
      item.textContent = `${one.start} ${one.namespace} ${one.score}: ${one.summary}`;
      return item;
    }),
  );
  document.body.dataset.shown = `${length} ${document.getElementById("filter").value}`;
}

document.getElementById("day").addEventListener("click", () => load("24h"));
document.getElementById("week").addEventListener("click", () => load("7d"));
document.getElementById("filter").addEventListener("input", async (event) => {
  await draw(...range);
  document.body.dataset.shown = `filtered ${event.target.value}`;
});
load("7d").then(() => performance.mark("drainwatch:ready"));
