/* Changes of one drawing: claim, delete, restore. Errors are shown in a toast. */
import { callApi } from "../api.js";
import { showToast } from "../toast.js";

/**
 * Save the user's claim; null removes it. Returns true if it was saved.
 * @param {string} id
 * @param {ClassLabel | null} claim
 */
export function saveClaim(id, claim) {
  return attempt(() => callApi(`drawings/${id}/claim/`, { method: "POST", body: { claim } }));
}

/**
 * Delete a drawing and offer to undo it. Returns true if it was deleted.
 * @param {string} id
 * @param {(id: string) => void} onChange called after the deletion and after the undo
 */
export async function deleteDrawing(id, onChange) {
  if (!(await attempt(() => callApi(`drawings/${id}/`, { method: "DELETE" })))) return false;
  onChange(id);
  showToast("Deleted.", {
    undo: async () => {
      if (await attempt(() => callApi(`drawings/${id}/restore/`, { method: "POST" }))) onChange(id);
    },
  });
  return true;
}

/** @param {() => Promise<unknown>} request */
async function attempt(request) {
  try {
    await request();
    return true;
  } catch (error) {
    showToast(/** @type {Error} */ (error).message);
    return false;
  }
}
