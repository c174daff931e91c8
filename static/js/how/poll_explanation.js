/* Polls an explanation until it is ready. Clock and fetch are passed in. */
export const POLL_INTERVAL_MS = 350;
export const POLL_TIMEOUT_MS = 20_000; // without progress in this time, no worker is running

export class PollTimeout extends Error {}

/**
 * @typedef {object} PollOptions
 * @property {(path: string, options: { signal: AbortSignal | null }) => Promise<any>} call callApi
 * @property {(ms: number) => Promise<void>} pause
 * @property {() => number} [now]
 * @property {(progress: { done: number, of: number }) => void} [onProgress]
 * @property {AbortSignal | null} [signal]
 */

/**
 * Return the explanation. Throws a PollTimeout, an AbortError, or the errors of `call`.
 * @param {string} path
 * @param {PollOptions} options
 */
export async function pollExplanation(path, { call, pause, now = () => performance.now(), onProgress = () => {}, signal = null }) {
  let [changedAt, last] = [now(), ""];
  for (;;) {
    const response = await call(path, { signal });
    if (response.state === "ready") return response.explanation;
    const progress = `${response.state} ${response.done}`;
    if (progress !== last) [changedAt, last] = [now(), progress];
    if (now() - changedAt > POLL_TIMEOUT_MS) throw new PollTimeout();
    onProgress(response);
    await pause(POLL_INTERVAL_MS);
  }
}
