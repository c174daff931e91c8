/* A player that replays a drawing stroke by stroke: play and pause, a slider, a choice of speeds. */
import { partsOf, svg } from "../dom.js";
import { buildTimeline, strokesAt } from "./stroke_timing.js";
import { squareAround, svgPath } from "./ink_to_svg.js";

const SLIDER_STEPS = 1000;
const PEN_SCALE = 0.6; // the stage is larger than a thumbnail, so its pen is relatively thinner

/**
 * Start the player inside `root` ([data-player] and [data-replay]) and show it.
 * @param {ParentNode} root
 * @param {Stroke[]} strokes
 */
export function attachPlayer(root, strokes) {
  const part = partsOf(root);
  part("player").hidden = false;
  return new Replay({ strokes, stage: part("replay"), play: part("play"), scrub: part("scrub"), speeds: part("speeds") });
}

export class Replay {
  /** @param {{ strokes: Stroke[], stage: Element, play: HTMLElement, scrub: HTMLInputElement, speeds: Element }} parts */
  constructor({ strokes, stage, play, scrub, speeds }) {
    this.play = play;
    this.scrub = scrub;
    this.speeds = speeds;
    this.timeline = buildTimeline(strokes);
    this.frame = 0;
    this.path = drawStage(stage, strokes);
    this.ms = this.timeline.durationMs;
    play.addEventListener("click", () => this.toggle());
    scrub.addEventListener("input", () => this.seek((Number(scrub.value) / SLIDER_STEPS) * this.timeline.durationMs));
    this.render();
  }

  get speed() {
    /** @type {HTMLInputElement | null} */
    const checked = this.speeds.querySelector("input:checked");
    return Number(checked?.value ?? 1);
  }

  toggle() {
    if (this.frame) this.stop();
    else this.start();
  }

  start() {
    if (this.ms >= this.timeline.durationMs) this.ms = 0;
    /** @type {number | null} */
    let last = null;
    const step = (/** @type {number} */ now) => {
      if (!this.play.isConnected) return this.stop();
      this.ms = Math.min(this.ms + (last === null ? 0 : now - last) * this.speed, this.timeline.durationMs);
      last = now;
      this.frame = this.ms < this.timeline.durationMs ? requestAnimationFrame(step) : 0;
      this.render();
    };
    this.frame = requestAnimationFrame(step);
    this.render();
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.render();
  }

  /** @param {number} ms */
  seek(ms) {
    this.stop();
    this.ms = ms;
    this.render();
  }

  render() {
    this.path.setAttribute("d", svgPath(strokesAt(this.timeline, this.ms)));
    this.scrub.value = String(Math.round((this.ms / this.timeline.durationMs) * SLIDER_STEPS));
    this.scrub.setAttribute("aria-valuetext", `${(this.ms / 1000).toFixed(1)} of ${(this.timeline.durationMs / 1000).toFixed(1)} seconds`);
    this.play.setAttribute("aria-label", this.frame ? "Pause" : "Play");
    this.play.classList.toggle("is-playing", this.frame !== 0);
  }
}

/**
 * Draw the whole drawing as a faint trace and return the path on top of it, which grows.
 * @param {Element} stage
 * @param {Stroke[]} strokes
 */
function drawStage(stage, strokes) {
  const { x, y, side, pen } = squareAround(strokes);
  const trace = svg("path", { class: "trace", d: svgPath(strokes), "stroke-width": pen * PEN_SCALE });
  const path = svg("path", { "stroke-width": pen * PEN_SCALE });
  stage.replaceChildren(
    svg("svg", { class: "ink-thumb", viewBox: `${x} ${y} ${side} ${side}`, "aria-hidden": "true" }, trace, path),
  );
  return path;
}
