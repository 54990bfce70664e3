// What became of the notices to each channel of alerts, and of the messages to other outputs.

import type { Status } from "../api/shapes";
import { byId, h, show } from "../ui/dom";
import { ago, exact, MINUTE } from "../ui/format";
import { visible } from "../ui/hostile";
import { type Column, drawTable } from "../ui/table";

type Channel = Status["channels"][number];
type Output = Status["outputs"][number];

function figure<T>(id: string, name: string, value: (one: T) => number, bad = false): Column<T> {
  const cell = (one: T): HTMLElement => h("span", { class: bad && value(one) ? "trouble" : null }, exact(value(one)));
  return { id, name, figure: true, cell, by: value };
}

function name<T>(id: string, text: string, value: (one: T) => string): Column<T> {
  return { id, name: text, head: true, cell: (one) => visible(value(one), 100), by: value };
}

const none = (): HTMLElement =>
  h(
    "p",
    { class: "empty" },
    "Nobody is told: no channel is named under ",
    h("code", null, "alerts.channels"),
    " in the settings. ",
    h("code", null, "drainwatch alert test"),
    " tries one.",
  );

function drawChannels(channels: readonly Channel[]): void {
  const place = byId("channels");
  if (!channels.length) {
    show(place, "none", none);
    return;
  }
  drawTable(place, {
    label: "Channels",
    usual: "channel",
    parameter: "channels",
    items: channels,
    key: Math.floor(Date.now() / MINUTE),
    columns: [
      name<Channel>("channel", "Channel", (one) => one.channel),
      { id: "kind", name: "Kind", cell: (one) => one.kind, by: (one) => one.kind },
      figure<Channel>("sent", "Sent", (one) => one.sent),
      figure<Channel>("failed", "Failed, tried again", (one) => one.failed),
      figure<Channel>("refused", "Refused for good", (one) => one.refused, true),
      {
        id: "last",
        name: "Last arrived",
        cell: (one) => (one.last_success ? ago(Date.parse(one.last_success)) : "never"),
        by: (one) => one.last_success,
      },
    ],
  });
}

/** Messages, not notices: a channel is here, too, as `alert:` and its name. */
function drawOutputs(outputs: readonly Output[]): void {
  const place = byId("outputs");
  place.hidden = !outputs.length;
  if (!outputs.length) return;
  drawTable(place, {
    label: "Outputs",
    usual: "output",
    parameter: "outputs",
    items: outputs,
    columns: [
      name<Output>("output", "Output", (one) => one.output),
      figure<Output>("waiting", "Waiting", (one) => one.waiting),
      figure<Output>("sent", "Sent", (one) => one.sent),
      figure<Output>("failed", "Failed, tried again", (one) => one.failed),
      figure<Output>("given", "Given up", (one) => one.given_up, true),
    ],
  });
}

/** Draws both from `/api/v1/status`. */
export function drawMessages({ channels, outputs }: Status): void {
  drawChannels(channels);
  drawOutputs(outputs);
}
