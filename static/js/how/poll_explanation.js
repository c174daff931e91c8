/* Asks for an explanation until it is there. Time and fetch are passed in. */
export const POLL_INTERVAL_MS = 350;
export const POLL_TIMEOUT_MS = 20_000; // without any news for so long nobody is at work

export class PollTimeout extends Error {}

/* Resolves to the explanation; rejects with a PollTimeout, an AbortError or what `call` rejects with. */
export async function pollExplanation(path, { call, pause, now = () => performance.now(), onProgress = () => {}, signal = null }) {
  let [heardAt, heard] = [now(), ""];
  for (;;) {
    const found = await call(path, { signal });
    if (found.state === "ready") return found.explanation;
    const said = `${found.state} ${found.done}`;
    if (said !== heard) [heardAt, heard] = [now(), said];
    if (now() - heardAt > POLL_TIMEOUT_MS) throw new PollTimeout();
    onProgress(found);
    await pause(POLL_INTERVAL_MS);
  }
}
