// Copies a text. Browsers keep the clipboard from pages without TLS (but for localhost): there the text is shown,
// selected, and the reader copies it.

import { h } from "./dom";

/** Screen readers are told of it, as it is the same sentence again where something is copied twice. */
function say(sentence: string): void {
  const spoken = h("div", { class: "hidden", role: "status" });
  document.body.append(spoken);
  // What is there when the element comes isn't read out.
  setTimeout(() => {
    spoken.textContent = sentence;
  }, 50);
  setTimeout(() => spoken.remove(), 5_000);
}

function offer(text: string, what: string): void {
  const box = h("textarea", { rows: 12, readonly: true, "aria-label": what, spellcheck: "false" });
  box.value = text;
  const dialog = h(
    "dialog",
    { class: "say copy", "aria-labelledby": "copy-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "copy-title" }, `Copy ${what}`),
      h(
        "p",
        { class: "about" },
        "This browser keeps the clipboard from pages without TLS. The text is selected: press Ctrl+C (⌘C).",
      ),
      box,
      h("div", { class: "buttons" }, h("button", { class: "action main" }, "Close")),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  box.focus();
  box.select();
}

/** Copies it, or shows it selected. `what` names it: “the line”. */
export async function copy(text: string, what: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // There is none, or it isn't allowed.
    offer(text, what);
    return false;
  }
  say(`Copied ${what}.`);
  return true;
}

const LONG_ENOUGH = 2_000; // milliseconds that a button says that it did it

/** A button that copies what `text` gives, and says so. What `text` throws is told in `problem`. */
export function copyButton(
  label: string,
  what: string,
  text: () => string | Promise<string>,
  look: { class?: string; id?: string; problem?: (error: Error) => void } = {},
): HTMLButtonElement {
  const take = async (event: Event): Promise<void> => {
    event.stopPropagation();
    try {
      if (!(await copy(await text(), what))) return;
    } catch (error) {
      look.problem?.(error as Error);
      return;
    }
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = label;
    }, LONG_ENOUGH);
  };
  const button = h(
    "button",
    { type: "button", class: look.class ?? "action", id: look.id ?? null, onclick: take },
    label,
  );
  return button;
}
