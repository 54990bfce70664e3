// Finds in a sample line what the variables of its template stand for. The line is as it was written, with time and
// logger before it; the template has them left out or at another place: they are aligned like two texts that differ.

/** A part of a line: what the template says as well, what a variable stands for, or what comes before the template. */
export interface Part {
  readonly text: string;
  readonly kind: "said" | "variable" | "head";
  /** The name of the variable. */
  readonly name?: string;
}

interface Atom {
  readonly kind: "word" | "variable" | "gap";
  readonly text: string;
  /** What it is worth to be found. */
  readonly weight: number;
}

const VARIABLE = /<(\*|[A-Z][A-Z0-9_-]{0,30})>|…|⏎/gu;
// Letters and digits apart, as `blk_<NUM>` has a variable within a word.
const WORDS = /[\p{L}_]+|\p{N}+|\s|./gsu;
const MOST_CHARACTERS = 2_000;
const [MOST_ATOMS, MOST_OF_TEMPLATE] = [1_200, 300];
const ENOUGH = 0.5; // of the template's words, else it isn't of this line

const weightOf = (word: string): number => {
  if (/^\s/.test(word)) return 0.1;
  return /^[\p{L}\p{N}_]/u.test(word) ? 1 + Math.min(word.length, 8) / 4 : 0.4;
};

const words = (text: string): Atom[] =>
  (text.match(WORDS) ?? []).map((word) => ({ kind: "word", text: word, weight: weightOf(word) }));

/** The words and variables of a template; `⏎` stands for all that a stack trace has between its exceptions. */
function atomsOf(template: string): Atom[] {
  const found: Atom[] = [];
  let end = 0;
  for (const match of template.matchAll(VARIABLE)) {
    found.push(...words(template.slice(end, match.index)));
    if (match[0] === "⏎") found.push({ kind: "gap", text: "", weight: 0 });
    else found.push({ kind: "variable", text: match[1] ?? LIST, weight: 0.3 });
    end = match.index + match[0].length;
  }
  return [...found, ...words(template.slice(end))].slice(0, MOST_OF_TEMPLATE);
}

const [SKIPPED, FOUND, TAKEN, LEFT] = [0, 1, 2, 3] as const; // an atom of the template; an atom of the line
// What a word of the line costs that the template doesn't have.
const UNSAID = 0.2;
const UNSAID_BEFORE_VALUE = 1;

const LIST = "list";
const OF_WORDS = new Set(["TIME", "DURATION", LIST]);

/** What a variable costs that takes in one more atom: a value is short, and few have a space. */
function stretch(atom: Atom, word: string): number {
  if (atom.kind === "gap") return 0;
  if (!/^\s/.test(word)) return 0.02;
  return word === "\n" ? 3 : OF_WORDS.has(atom.text) ? 0.1 : 1.5;
}

/** For each atom of a template what it costs to leave out a word of the line after it: what stands before a value and
 * isn't known from the template is likely a part of that. */
function unsaid(template: readonly Atom[]): number[] {
  const costs: number[] = [];
  let cost = UNSAID;
  for (const atom of template.toReversed()) {
    costs.push(cost);
    if (atom.kind === "variable") cost = UNSAID_BEFORE_VALUE;
    else if (atom.weight >= 1) cost = UNSAID;
  }
  return costs.toReversed();
}

/** The best way to align them, as one operation for each pair (row by row), and how good it is at each end. */
function aligned(template: readonly Atom[], line: readonly string[]): { ways: Uint8Array; best: number; end: number } {
  const width = line.length + 1;
  const costs = unsaid(template);
  const ways = new Uint8Array((template.length + 1) * width);
  // Before the template anything may stand.
  let above = new Float32Array(width);
  ways.fill(LEFT, 1, width);
  template.forEach((atom, row) => {
    const here = new Float32Array(width);
    const [cost, at] = [atom.weight / 2, (row + 1) * width];
    const last = row === template.length - 1;
    const between = costs[row] ?? UNSAID;
    here[0] = above[0]! - cost;
    for (let column = 1; column < width; column += 1) {
      const word = line[column - 1]!;
      const takes = atom.kind !== "word";
      const more = takes ? stretch(atom, word) : between;
      let [best, way]: [number, number] = [above[column]! - cost, SKIPPED];
      const left = here[column - 1]! - more;
      if (left > best && !(last && !takes)) [best, way] = [left, takes ? TAKEN : LEFT];
      const both = takes
        ? above[column - 1]! - more
        : atom.text === word
          ? above[column - 1]! + atom.weight
          : -Infinity;
      if (both >= best) [best, way] = [both, FOUND];
      here[column] = best;
      ways[at + column] = way;
    }
    above = here;
  });
  let end = 0;
  above.forEach((value, column) => {
    if (value > above[end]!) end = column;
  });
  return { ways, best: above[end] ?? 0, end };
}

/** For each atom of the line the variable that it belongs to, `""` for what the template says, null for the head. */
function belonging(template: readonly Atom[], line: readonly string[]): (string | null)[] | null {
  const { ways, end } = aligned(template, line);
  const width = line.length + 1;
  const found: (string | null)[] = line.map(() => "");
  let [row, column, met] = [template.length, end, 0];
  let first = column;
  while (row > 0) {
    const atom = template[row - 1]!;
    const way = column === 0 ? SKIPPED : ways[row * width + column]!;
    if (way === FOUND || way === TAKEN) {
      if (atom.kind === "variable") found[column - 1] = atom.text;
      if (atom.kind === "word") met += atom.weight;
      first = column - 1;
    }
    if (way !== SKIPPED) column -= 1;
    if (way === SKIPPED || way === FOUND) row -= 1;
  }
  const all = template.reduce((sum, atom) => sum + (atom.kind === "word" ? atom.weight : 0), 0);
  if (met === 0 || met < ENOUGH * all) return null;
  return found.map((name, place) => (place < first ? null : name));
}

const ENDS = /[\s"'`,;()[\]{}]/u; // what ends a value, as far as one can tell
const AROUND = /^([\s"'`:=,;()[\]{}]*)(.*?)([\s"'`:=,;()[\]{}]*)$/su;

/** A variable at an end of the template has no word of it beyond: its value goes on to where values end. */
function stretched(names: (string | null)[], atoms: readonly Atom[], line: readonly string[]): void {
  const ends = (place: number): boolean => ENDS.test(line[place] ?? " ");
  const first = names.findIndex((name) => name !== null);
  if (atoms[0]?.kind === "variable") for (let at = first - 1; !ends(at); at -= 1) names[at] = atoms[0].text;
  const last = names.findLastIndex((name) => name);
  const after = atoms.at(-1);
  if (after?.kind === "variable") for (let at = last + 1; !ends(at); at += 1) names[at] = after.text;
}

/** The same without what only stands around a value: quotes, brackets, separators. */
function bare(name: string, text: string): Part[] {
  const [, before = "", value = "", after = ""] = AROUND.exec(text) ?? [];
  if (!value) return [{ text, kind: "said" }];
  const made: Part[] = [
    { text: before, kind: "said" },
    { text: value, kind: "variable", name },
    { text: after, kind: "said" },
  ];
  return made.filter((part) => part.text);
}

/** The parts of a sample line; one part alone where the template isn't found in it. */
export function parts(template: string, line: string): Part[] {
  const whole: Part[] = [{ text: line, kind: "said" }];
  const atoms = atomsOf(template);
  if (!atoms.some((atom) => atom.kind === "variable")) return whole;
  const looked = (line.slice(0, MOST_CHARACTERS).match(WORDS) ?? []).slice(0, MOST_ATOMS);
  const names = belonging(atoms, looked);
  if (!names) return whole;
  stretched(names, atoms, looked);
  const runs: { text: string; name: string | null }[] = [];
  looked.forEach((text, place) => {
    const name = names[place] ?? null;
    const before = runs.at(-1);
    if (before && before.name === name) before.text += text;
    else runs.push({ text, name });
  });
  const made = runs.flatMap(({ text, name }): Part[] => {
    if (name === null) return [{ text, kind: "head" }];
    return name ? bare(name, text) : [{ text, kind: "said" }];
  });
  const rest = line.slice(looked.join("").length);
  return rest ? [...made, { text: rest, kind: "said" }] : made;
}
