/* Asks for an explanation until it is there. Time and fetch are passed in. */
export const EVERY_MS = 350;
export const QUIET_MS = 20_000; // without any news for so long nobody is at work

export class Quiet extends Error {}

/* Resolves to the explanation; rejects with a Quiet, an AbortError or what `call` rejects with. */
export async function askFor(path, { call, pause, now = () => performance.now(), onProgress = () => {}, signal = null }) {
  let [heardAt, heard] = [now(), ""];
  for (;;) {
    const found = await call(path, { signal });
    if (found.state === "ready") return found.explanation;
    const said = `${found.state} ${found.done}`;
    if (said !== heard) [heardAt, heard] = [now(), said];
    if (now() - heardAt > QUIET_MS) throw new Quiet();
    onProgress(found);
    await pause(EVERY_MS);
  }
}
