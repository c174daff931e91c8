/* The challenge page: it sends one drawing for each prompt, in order. */
import "../site.js";
import { ApiError, callApi } from "../api.js";
import { html, partsOf, readJson, setText, syncChildren, targetOf } from "../dom.js";
import { countPoints } from "../draw/drawing_reducer.js";
import { DrawingCanvas } from "../draw/input/drawing_canvas.js";
import { requirePageUser } from "../guest.js";
import { attachShortcuts } from "../keyboard/shortcuts.js";
import { createStore } from "../reducer_store.js";
import { canSend, describeResult, elapsedMs, formatPrompt, formatSeconds, INITIAL, listMarks, reduceChallenge } from "./challenge_reducer.js";

/** @typedef {import("./challenge_reducer.js").Challenge} Challenge */

const LIMITS = { strokes: 200, points: 5000 };
const CLOCK_INTERVAL_MS = 100;
const PENDING_INTERVAL_MS = 1000;
const MAX_PENDING_CHECKS = 10;
const NO_ID = "00000000-0000-0000-0000-000000000000";

const part = partsOf(document);
const store = createStore(INITIAL, reduceChallenge);
const pause = (/** @type {number} */ ms) => new Promise((/** @type {(value: void) => void} */ resolve) => setTimeout(resolve, ms));

const canvas = new DrawingCanvas(part("canvas"), {
  onStart: () => {},
  onStroke: (stroke, pointer) => store.dispatch({ type: "stroke", stroke, pointer }),
  remainingPoints: () => {
    const { strokes, isWaiting, challenge } = store.state;
    const isFull = strokes.length >= LIMITS.strokes || isWaiting || !challenge?.prompt;
    return isFull ? 0 : LIMITS.points - countPoints({ strokes });
  },
});

/**
 * Run a request, and show the challenge of its response. The drawing stays on the canvas if it fails.
 * @param {() => Promise<Challenge>} request
 */
async function run(request) {
  if (store.state.isWaiting) return;
  store.dispatch({ type: "waiting" });
  try {
    const challenge = await request();
    if (!challenge.prompt) await showResult(challenge);
    store.dispatch({ type: "received", challenge, now: performance.now() });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    store.dispatch({ type: "failed", text: error.message });
  }
}

/**
 * Wait for late predictions, then open the page of the result.
 * @param {Challenge} challenge
 */
async function showResult(challenge) {
  for (let check = 0, { state } = challenge; state === "open" && check < MAX_PENDING_CHECKS; check += 1) {
    await pause(PENDING_INTERVAL_MS);
    ({ state } = await callApi(`challenges/${challenge.id}/`));
  }
  location.assign(part("play").dataset.resultUrl.replace(NO_ID, challenge.id));
}

async function start() {
  await requirePageUser();
  return callApi("challenges/", { method: "POST" });
}

/** @param {any} body */
function complete(body) {
  const { challenge } = store.state;
  if (!challenge?.prompt) return;
  const path = `challenges/${challenge.id}/prompts/${challenge.prompt.position}/`;
  run(() => callApi(path, { method: "POST", body }));
}

/** @param {{ type: string }} command */
function execute({ type }) {
  const { strokes, pointer, challenge } = store.state;
  if (!challenge) return false;
  if (type === "undo" || type === "clear") store.dispatch({ type });
  else if (type === "skip") complete({ strokes: null });
  else if (canSend(store.state)) complete({ strokes, ...(pointer && { pointer }) });
  return true;
}

/** @param {import("./challenge_reducer.js").ChallengeState} state */
function render({ challenge, strokes, isWaiting, error }) {
  canvas.show(strokes);
  part("intro").hidden = Boolean(challenge);
  part("play").hidden = !challenge;
  part("start").disabled = isWaiting;
  part("play").setAttribute("aria-busy", String(isWaiting));
  for (const place of document.querySelectorAll("[data-error]")) {
    /** @type {HTMLElement} */ (place).hidden = !error;
    setText(place, error);
  }
  if (!challenge) return;
  setText(part("prompt"), challenge.prompt ? formatPrompt(challenge.prompt) : "All done");
  for (const name of ["undo", "clear"]) part(`command="${name}"`).disabled = isWaiting || !strokes.length;
  part('command="skip"').disabled = isWaiting;
  part('command="confirm"').disabled = !canSend(store.state);
  setText(part("last"), describeResult(challenge.results.at(-1)));
  syncChildren(part("marks"), listMarks(challenge).map(renderMark));
}

/** @param {{ state: string, text: string, description: string }} mark */
function renderMark({ state, text, description }) {
  return html("li", { "data-state": state }, html("span", { "aria-hidden": "true" }, text), html("span", { class: "visually-hidden" }, description));
}

/** @param {import("./challenge_reducer.js").ChallengeState} state */
function announce({ challenge }) {
  if (!challenge) return;
  const next = challenge.prompt ? `${formatPrompt(challenge.prompt)}.` : "";
  setText(part("announcer"), `${describeResult(challenge.results.at(-1))} ${next}`.trim());
}

function tick() {
  const { state } = store;
  if (state.challenge && !state.isWaiting) setText(part("clock"), formatSeconds(elapsedMs(state, performance.now())));
}

store.subscribe((state, before) => {
  render(state);
  if (state.challenge !== before.challenge) announce(state);
  if (state.challenge && !before.challenge) part("canvas").scrollIntoView({ block: "nearest" });
});
part("start").addEventListener("click", () => run(start));
part("quit").addEventListener("click", () => run(start));
part("play").addEventListener("click", (/** @type {Event} */ event) => {
  const button = targetOf(event).closest("[data-command]");
  if (button) execute({ type: /** @type {HTMLElement} */ (button).dataset.command ?? "" });
});
attachShortcuts("challenge", execute);
setInterval(tick, CLOCK_INTERVAL_MS);
const opened = readJson("challenge");
if (opened) store.dispatch({ type: "received", challenge: opened, now: performance.now() });
render(store.state);
