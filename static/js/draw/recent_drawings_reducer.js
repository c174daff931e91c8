/* The user's newest drawings, from all tabs and devices: (recent, event) -> recent. Pure.

   An item is a drawing of the API and `inkRevision`, the revision of its strokes. Events carry no
   ink, so the strokes of an item whose inkRevision is behind its revision have to be fetched. */
export const MAX_RECENT = 12;

/** @typedef {ApiDrawing & { inkRevision: number }} RecentItem */

/** @param {RecentItem} item */
export function needsInk(item) {
  return item.inkRevision < item.revision;
}

/**
 * Replace everything by the drawings that the API lists.
 * @param {RecentItem[]} recent
 * @param {ApiDrawing[]} drawings
 */
export function mergeList(recent, drawings) {
  return newestFirst(drawings.map((drawing) => merge(recent, drawing)));
}

/**
 * Add a fetched drawing. If it is not in the list, it was deleted during the request, unless it was restored
 * just now.
 * @param {RecentItem[]} recent
 * @param {ApiDrawing} drawing
 * @param {{ isRestored?: boolean }} [options]
 */
export function mergeFetched(recent, drawing, { isRestored = false } = {}) {
  if (!isRestored && !recent.some((item) => item.id === drawing.id)) return recent;
  return newestFirst([merge(recent, drawing), ...removeRecent(recent, drawing.id)]);
}

/**
 * An event can overtake an earlier request: keep the data of the events and take only the ink.
 * @param {RecentItem[]} recent
 * @param {ApiDrawing} drawing
 * @returns {RecentItem}
 */
function merge(recent, drawing) {
  const known = recent.find((item) => item.id === drawing.id);
  if (!known || known.revision < drawing.revision) return { ...drawing, inkRevision: drawing.revision };
  if (known.revision > drawing.revision) return known;
  const prediction = known.prediction ?? drawing.prediction;
  return { ...drawing, ...known, prediction, strokes: drawing.strokes, inkRevision: drawing.revision };
}

/**
 * Add the ink of a drawing that was drawn on this page.
 * @param {RecentItem[]} recent
 * @param {{ id: string | null, revision: number, strokes: Stroke[] }} drawing
 */
export function mergeInk(recent, { id, revision, strokes }) {
  return update(recent, id, (item) =>
    item.revision === revision && strokes.length ? { ...item, strokes, inkRevision: revision } : item,
  );
}

/**
 * @param {RecentItem[]} recent
 * @param {string} id
 */
export function removeRecent(recent, id) {
  return recent.filter((item) => item.id !== id);
}

/**
 * @param {RecentItem[]} recent
 * @param {any} message
 * @returns {RecentItem[]}
 */
export function applyRecentMessage(recent, message) {
  return HANDLERS[message.type]?.(recent, message) ?? recent;
}

/** @type {Record<string, (recent: RecentItem[], message: any) => RecentItem[]>} */
const HANDLERS = {
  drawing: (recent, { type: _type, cursor: _cursor, ...drawing }) => {
    const known = recent.find((item) => item.id === drawing.id);
    if (known && known.revision > drawing.revision) return recent;
    const ink = known ?? { strokes: null, inkRevision: 0 };
    const item = { ...drawing, strokes: ink.strokes, inkRevision: ink.inkRevision };
    return newestFirst([item, ...removeRecent(recent, drawing.id)]);
  },
  prediction: (recent, { type: _type, cursor: _cursor, id, ref: _ref, revision, ...prediction }) =>
    update(recent, id, (item) =>
      item.revision === revision ? { ...item, status: "recognized", prediction } : item,
    ),
  failed: (recent, { id, revision, code }) =>
    update(recent, id, (item) =>
      item.revision === revision ? { ...item, status: "failed", error: code } : item,
    ),
  label: (recent, { id, claim }) => update(recent, id, (item) => ({ ...item, claim })),
  deleted: (recent, { id }) => removeRecent(recent, id),
};

/**
 * @param {RecentItem[]} recent
 * @param {string | null} id
 * @param {(item: RecentItem) => RecentItem} change
 */
function update(recent, id, change) {
  return recent.map((item) => (item.id === id ? change(item) : item));
}

/** @param {RecentItem[]} items */
function newestFirst(items) {
  return items
    .toSorted((a, b) => b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id))
    .slice(0, MAX_RECENT);
}
