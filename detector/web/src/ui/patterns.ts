// Patterns of names, in which `*` stands for any text.

/** Whether a name is the pattern, in which `*` stands for any text; in time that many stars can't draw out. */
export function fits(pattern: string, name: string): boolean {
  const [first = "", ...between] = pattern.split("*");
  const last = between.pop();
  if (last === undefined) return name === pattern;
  const end = name.length - last.length;
  let at = first.length;
  if (at > end || !name.startsWith(first) || !name.endsWith(last)) return false;
  return between.every((part) => {
    const found = name.slice(0, end).indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}
