// How much time is shown: chosen by links, kept in the address, so that a view can be shared.

import { byId, h } from "./dom.js";
import { DAY, HOUR, MINUTE } from "./format.js";

export const RANGES = {
  "1h": { length: HOUR, buckets: 60 },
  "6h": { length: 6 * HOUR, buckets: 180 },
  "24h": { length: DAY, buckets: 144 },
  "7d": { length: 7 * DAY, buckets: 168 },
};
const USUAL = "6h";

export function chosen() {
  const asked = new URLSearchParams(location.search).get("range");
  return asked in RANGES ? asked : USUAL;
}

/** The range as the API wants it: it ends with the newest closed window, on a whole bucket, so that cells don't shift. */
export function span(closedUntil, name = chosen()) {
  const { length, buckets } = RANGES[name];
  const step = length / buckets;
  const end = Math.ceil((closedUntil ?? Date.now()) / step) * step;
  return { start: end - length, end, step, buckets, since: new Date(end - length).toISOString(), until: new Date(end).toISOString() };
}

/** Where the shown time ends: with the newest window, or, where nothing was logged for as long as is shown, with the last line. */
export function newest(namespaces, closedUntil, name = chosen()) {
  const closed = closedUntil ? Date.parse(closedUntil) : Date.now();
  const last = Math.max(...namespaces.map((n) => (n.last_line ? Date.parse(n.last_line) + MINUTE : 0)), 0);
  return last && closed - last > RANGES[name].length ? last : closed;
}

/** The links; `changed` is called when the reader takes one. */
export function chooser(changed) {
  const place = byId("range");
  const draw = () => {
    place.replaceChildren(
      ...Object.keys(RANGES).map((name) =>
        h("a", { href: `?range=${name}`, id: `range-${name}`, "aria-current": name === chosen() ? "true" : null, onclick: take }, name),
      ),
    );
  };
  const take = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const id = event.currentTarget.id;
    history.pushState(null, "", event.currentTarget.href);
    draw();
    document.getElementById(id)?.focus();
    changed();
  };
  addEventListener("popstate", () => (draw(), changed()));
  draw();
}
