/* Shows a drawing being drawn again: play and pause, a slider for the moment, a choice of speeds. */
import { squareAround, svgElement, svgPath } from "./svg.js";
import { strokesAt, buildTimeline } from "./stroke_timing.js";

const STEPS = 1000; // of the slider
const PEN = 0.6; // as wide as on a thumb: the stage is large

/* Takes over the parts of one drawing's article; does nothing for a picture. Returns { toggle, stop }. */
export function attachReplay(article) {
  const data = article.querySelector("script[type='application/json']");
  const player = article.querySelector("[data-player]");
  if (!data || !player) return { toggle() {}, stop() {} };
  const replay = new Replay({
    strokes: JSON.parse(data.textContent),
    stage: article.querySelector("[data-replay]"),
    play: player.querySelector("[data-play]"),
    scrub: player.querySelector("[data-scrub]"),
    speeds: player.querySelector("[data-speeds]"),
  });
  player.hidden = false;
  return replay;
}

export class Replay {
  constructor({ strokes, stage, play, scrub, speeds }) {
    Object.assign(this, { play, scrub, speeds, timeline: buildTimeline(strokes), frame: 0 });
    this.path = drawStage(stage, strokes);
    this.ms = this.timeline.durationMs;
    play.addEventListener("click", () => this.toggle());
    scrub.addEventListener("input", () => this.seek((scrub.value / STEPS) * this.timeline.durationMs));
    this.render();
  }

  get speed() {
    return Number(this.speeds.querySelector("input:checked")?.value ?? 1);
  }

  toggle() {
    if (this.frame) this.stop();
    else this.start();
  }

  start() {
    if (this.ms >= this.timeline.durationMs) this.ms = 0;
    let last = null;
    const step = (now) => {
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

  seek(ms) {
    this.stop();
    this.ms = ms;
    this.render();
  }

  render() {
    this.path.setAttribute("d", svgPath(strokesAt(this.timeline, this.ms)));
    this.scrub.value = Math.round((this.ms / this.timeline.durationMs) * STEPS);
    this.scrub.setAttribute("aria-valuetext", `${(this.ms / 1000).toFixed(1)} of ${(this.timeline.durationMs / 1000).toFixed(1)} seconds`);
    this.play.setAttribute("aria-label", this.frame ? "Pause" : "Play");
    this.play.classList.toggle("is-playing", this.frame !== 0);
  }
}

/* The whole drawing stays underneath, faint, so that one sees where the pen is going. */
function drawStage(stage, strokes) {
  const { x, y, side, pen } = squareAround(strokes);
  const svg = svgElement("svg", { class: "ink-thumb", viewBox: `${x} ${y} ${side} ${side}`, "aria-hidden": "true" });
  svg.append(svgElement("path", { class: "trace", d: svgPath(strokes), "stroke-width": pen * PEN }));
  const path = svgElement("path", { "stroke-width": pen * PEN });
  svg.append(path);
  stage.replaceChildren(svg);
  return path;
}
