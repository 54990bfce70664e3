// The small dialogue in which a reader says something: with a note, and a name where nobody has to log in.

import { ownName } from "../api/who";
import { type Children, h } from "./dom";

const NAME = "drainwatch.author";

function remembered(): string {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

function remember(author: string): void {
  try {
    localStorage.setItem(NAME, author);
  } catch {
    // A browser that keeps nothing asks again.
  }
}

export interface Said {
  note: string;
  author: string;
}

export interface Dialogue {
  title: string;
  about?: Children;
  parts?: Children;
  action?: string;
  /** Gets the dialogue, the note and the name; what it throws is shown in the dialogue. */
  write: (dialog: HTMLDialogElement, said: Said) => Promise<unknown>;
  /** Called when it is written. */
  done: () => unknown;
}

/** Asks; the focus goes to the note, and back to where it was. */
export function dialogue({ title, about = null, parts = [], action = "Save", write, done }: Dialogue): void {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const note = h("input", {
    id: "say-note",
    maxlength: 1000,
    autocomplete: "off",
    placeholder: "Why? Whoever looks next will read it",
  });
  const name = ownName();
  const author = h("input", { id: "say-author", maxlength: 100, autocomplete: "name", value: name ?? remembered() });
  const save = h("button", { type: "submit", class: "action main" }, action);
  const dialog: HTMLDialogElement = h(
    "dialog",
    { class: "say", "aria-labelledby": "say-title" },
    h(
      "form",
      { onsubmit: submit },
      h("h2", { id: "say-title" }, title),
      about ? h("div", { class: "about" }, about) : null,
      parts,
      h("label", null, "Note", note),
      name === null ? h("label", null, "Your name", author) : h("p", { class: "note" }, "Said as ", h("b", null, name)),
      problem,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", class: "action", onclick: () => dialog.close() }, "Cancel"),
        save,
      ),
    ),
  );

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    save.disabled = true;
    try {
      if (name === null) remember(author.value);
      await write(dialog, { note: note.value, author: author.value });
      dialog.close();
      await done();
    } catch (error) {
      problem.textContent = (error as Error).message;
      problem.hidden = false;
      save.disabled = false;
    }
  }

  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  note.focus();
}
