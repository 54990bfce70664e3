// A button that takes back what somebody said.

import { send } from "../api/client";
import { h } from "../ui/dom";
import { tell } from "../ui/notice";

/** `path` is the API's for what is taken back; `done` is called when it is. */
export function takeBack(id: string, text: string, path: string, done: () => unknown): HTMLButtonElement {
  const take = async (): Promise<void> => {
    button.disabled = true;
    try {
      await send("DELETE", path);
      await done();
    } catch (error) {
      tell(error);
      button.disabled = false;
    }
  };
  const button = h("button", { type: "button", class: "action small", id, onclick: take }, text);
  return button;
}
