/* The newest drawings of this person, whichever tab or device they come from:
   (recent, event) -> recent. Pure.

   An item is a drawing as the API gives it, and `inkRevision`: of which revision the strokes are.
   Events carry no ink, so an item whose inkRevision is behind its revision wants fetching. */
export const SHOWN = 12;

export function needsInk(item) {
  return item.inkRevision < item.revision;
}

/* Drawings as the API lists them take the place of all that was known. */
export function mergeList(recent, drawings) {
  return newestFirst(drawings.map((drawing) => merged(recent, drawing)));
}

/* One that is not known any more was deleted while it was asked for, unless it has just come back. */
export function mergeFetched(recent, drawing, { isBack = false } = {}) {
  if (!isBack && !recent.some((item) => item.id === drawing.id)) return recent;
  return newestFirst([merged(recent, drawing), ...removeRecent(recent, drawing.id)]);
}

/* An answer can overtake what was asked for before it: what events told stays, the ink is taken. */
function merged(recent, drawing) {
  const known = recent.find((item) => item.id === drawing.id);
  if (!known || known.revision < drawing.revision) return fromApi(drawing);
  if (known.revision > drawing.revision) return known;
  const prediction = known.prediction ?? drawing.prediction;
  return { ...fromApi(drawing), ...known, prediction, strokes: drawing.strokes, inkRevision: drawing.revision };
}

/* The ink is known here already: this page drew it. */
export function mergeInk(recent, { id, revision, strokes }) {
  return change(recent, id, (item) =>
    item.revision === revision && strokes.length ? { ...item, strokes, inkRevision: revision } : item,
  );
}

export function removeRecent(recent, id) {
  return recent.filter((item) => item.id !== id);
}

export function applyRecentMessage(recent, message) {
  return HANDLERS[message.type]?.(recent, message) ?? recent;
}

const HANDLERS = {
  drawing: (recent, { type, cursor, ...drawing }) => {
    const known = recent.find((item) => item.id === drawing.id);
    if (known && known.revision > drawing.revision) return recent;
    const ink = known ?? { strokes: null, inkRevision: 0 };
    const item = { ...drawing, strokes: ink.strokes, inkRevision: ink.inkRevision };
    return newestFirst([item, ...removeRecent(recent, drawing.id)]);
  },
  prediction: (recent, { type, cursor, id, ref, revision, ...prediction }) =>
    change(recent, id, (item) =>
      item.revision === revision ? { ...item, status: "recognized", prediction } : item,
    ),
  failed: (recent, { id, revision, code }) =>
    change(recent, id, (item) =>
      item.revision === revision ? { ...item, status: "failed", error: code } : item,
    ),
  label: (recent, { id, label }) => change(recent, id, (item) => ({ ...item, label })),
  deleted: (recent, { id }) => removeRecent(recent, id),
};

function fromApi(drawing) {
  return { ...drawing, inkRevision: drawing.revision };
}

function change(recent, id, changed) {
  return recent.map((item) => (item.id === id ? changed(item) : item));
}

function newestFirst(items) {
  return items
    .toSorted((a, b) => b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id))
    .slice(0, SHOWN);
}
