/* The sheet one draws on: pointer events in, strokes out, and pixels. */
import { smoothStroke } from "../../ink/smooth.js";
import { followPointer, NO_POINTER } from "./active_pointer.js";
import { coalescedEvents, extendStroke, toSample, CANVAS_SIZE } from "./pointer_samples.js";

const PEN_WIDTH = 27; // in sheet units, at middling pressure
const EVENTS = ["pointerdown", "pointermove", "pointerup", "pointercancel", "lostpointercapture"];

/* onStart() when the pen goes down, onStroke(samples, pointerType) when it lifts; room() says how
   many more points the drawing may have. */
export class DrawingCanvas {
  constructor(canvas, { onStart, onStroke, room }) {
    Object.assign(this, { canvas, onStart, onStroke, room });
    this.context = canvas.getContext("2d");
    this.done = document.createElement("canvas"); // the finished strokes, drawn once
    this.hold = NO_POINTER;
    this.strokes = [];
    this.stroke = null;
    this.startedAt = null;
    this.frame = 0;
    for (const type of EVENTS) canvas.addEventListener(type, (event) => this.follow(event));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a finger that rests
    new ResizeObserver(() => this.fit()).observe(canvas);
    for (const source of [document, matchMedia("(prefers-color-scheme: dark)")]) {
      source.addEventListener(source === document ? "themechange" : "change", () => this.redraw());
    }
  }

  /* Shows these strokes; time runs on where they end. */
  show(strokes) {
    if (strokes === this.strokes) return;
    if (strokes.length === 0 && !this.stroke) this.startedAt = null;
    this.strokes = strokes;
    this.redraw();
  }

  follow(event) {
    const { hold, does } = followPointer(this.hold, event);
    this.hold = hold;
    if (does !== "ignore") event.preventDefault();
    this[does](event);
  }

  ignore() {}

  start(event) {
    this.onStart();
    if (this.room() <= 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.startedAt ??= event.timeStamp - lastTime(this.strokes);
    this.stroke = [];
    this.extend(event);
  }

  restart(event) {
    this.discard();
    this.start(event);
  }

  extend(event) {
    if (!this.stroke) return;
    const box = this.canvas.getBoundingClientRect();
    for (const point of coalescedEvents(event)) {
      if (this.stroke.length < this.room()) extendStroke(this.stroke, toSample(point, box, this.startedAt));
    }
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  end(event) {
    const { stroke } = this;
    this.stroke = null;
    if (stroke?.length) this.onStroke(stroke, event.pointerType);
  }

  discard() {
    this.stroke = null;
    this.redraw();
  }

  /* The backing store has the screen's own pixels, so ink stays crisp on every display. */
  fit() {
    const size = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    if (this.canvas.width === size) return;
    for (const canvas of [this.canvas, this.done]) canvas.width = canvas.height = size;
    this.redraw();
  }

  redraw() {
    const context = this.done.getContext("2d");
    context.clearRect(0, 0, this.done.width, this.done.height);
    for (const stroke of this.strokes) this.drawStroke(context, stroke);
    this.paint();
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.done.width) this.context.drawImage(this.done, 0, 0);
    if (this.stroke) this.drawStroke(this.context, this.stroke);
  }

  drawStroke(context, samples) {
    const scale = this.canvas.width / CANVAS_SIZE;
    context.save();
    context.scale(scale, scale);
    context.strokeStyle = context.fillStyle = getComputedStyle(this.canvas).color;
    context.lineCap = context.lineJoin = "round";
    for (const { width, pieces } of evenRuns(samples)) drawRun(context, width, pieces);
    context.restore();
  }
}

/* Neighbouring pieces of one width, drawn in one go: their edges do not show. */
function evenRuns(samples) {
  const runs = [];
  for (const piece of smoothStroke(samples)) {
    const width = Math.round(PEN_WIDTH * (0.55 + 0.9 * piece.pressure));
    if (runs.at(-1)?.width === width) runs.at(-1).pieces.push(piece);
    else runs.push({ width, pieces: [piece] });
  }
  return runs;
}

function drawRun(context, width, pieces) {
  context.beginPath();
  if (pieces.length === 1 && isDot(pieces[0])) {
    context.arc(...pieces[0].from.slice(0, 2), width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.lineWidth = width;
  context.moveTo(pieces[0].from[0], pieces[0].from[1]);
  for (const { control, to } of pieces) context.quadraticCurveTo(control[0], control[1], to[0], to[1]);
  context.stroke();
}

/* A canvas draws no line without length. */
function isDot({ from, to }) {
  return from[0] === to[0] && from[1] === to[1];
}

function lastTime(strokes) {
  return strokes.at(-1)?.at(-1)?.[2] ?? 0;
}
