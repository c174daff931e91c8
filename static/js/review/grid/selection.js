/* Which drawings of a grid are chosen. A selection: the chosen ids; where an extension begins, and
   what was chosen before it. Pure. */
export const NOTHING = { chosen: new Set(), anchor: null, before: new Set() };

export function toggle({ chosen }, id) {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return { chosen: next, anchor: id, before: next };
}

/* From where one chose last to `id`, both included, in the order of `ids`; going back takes back.
   `from` is where it begins when nothing was chosen yet. */
export function extend({ anchor, before }, ids, { from, to }) {
  const start = ids.includes(anchor) ? anchor : from;
  const [first, last] = [ids.indexOf(start), ids.indexOf(to)].sort((a, b) => a - b);
  return { chosen: new Set([...before, ...ids.slice(Math.max(first, 0), last + 1)]), anchor: start, before };
}

/* What a toast says of an outcome; label is a digit, "not_a_digit" or "set_aside". */
export function describeOutcome({ done, refused }, label) {
  const count = done.length === 1 ? "1 drawing" : `${done.length} drawings`;
  const became = label === "set_aside" ? "set aside" : `now ${label === "not_a_digit" ? "not a digit" : label}`;
  const left = refused.length ? `; ${refused.length} left as ${refused.length === 1 ? "it was" : "they were"}` : "";
  return done.length ? `${count} ${became}${left}.` : `Nothing changed${left}.`;
}
