// What a reader chose beside the time (a filter, an order, what is open): it stands in the address, so that a link shows
// the same.

/** The value of a parameter of the page; empty where there is none. */
export const asked = (name: string): string => new URLSearchParams(location.search).get(name) ?? "";

/** The names in a parameter that has several, such as `hide=info,debug`. */
export const askedNames = (name: string): string[] => asked(name).split(",").filter(Boolean);

/** Writes parameters into the address; empty ones are left out, the others stay. `isStep`: the back button undoes it. */
export function keep(values: Readonly<Record<string, string>>, isStep = false): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const to = `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`;
  if (isStep) history.pushState(null, "", to);
  else history.replaceState(null, "", to);
}

/** Switches a name in a parameter that has several on or off. */
export function turn(parameter: string, name: string): void {
  const names = new Set(askedNames(parameter));
  if (!names.delete(name)) names.add(name);
  keep({ [parameter]: [...names].join(",") });
}
