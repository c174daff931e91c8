/* Saying what a drawing is, deleting it, taking that back. What went wrong is said in a toast. */
import { callApi } from "../api.js";
import { showToast } from "../toast.js";

export function saveClaim(id, label) {
  return attempt(() => callApi(`drawings/${id}/label/`, { method: "POST", body: { label } }));
}

/* The toast offers to take the deletion back; `changed` hears of both. */
export async function deleteDrawing(id, changed) {
  if (!(await attempt(() => callApi(`drawings/${id}/`, { method: "DELETE" })))) return false;
  changed(id);
  showToast("Deleted.", {
    undo: async () => {
      if (await attempt(() => callApi(`drawings/${id}/restore/`, { method: "POST" }))) changed(id);
    },
  });
  return true;
}

async function attempt(change) {
  try {
    await change();
    return true;
  } catch (problem) {
    showToast(problem.message);
    return false;
  }
}
