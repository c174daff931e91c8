/* The canvas: pointer events in, strokes out, and pixels. */
import { smoothStroke } from "../../ink/smooth_stroke.js";
import { onThemeChange } from "../../theme/theme_switch.js";
import { NO_POINTER, reducePointer } from "./active_pointer.js";
import { CANVAS_SIZE, coalescedEvents, extendStroke, toSample } from "./pointer_samples.js";

/** @typedef {import("../../ink/smooth_stroke.js").CurvePiece} CurvePiece */

const PEN_WIDTH = 27; // in canvas units, at pressure 0.5
const EVENTS = /** @type {const} */ (["pointerdown", "pointermove", "pointerup", "pointercancel", "lostpointercapture"]);

/**
 * @typedef {object} CanvasHandlers
 * @property {() => void} onStart the pen went down
 * @property {(stroke: Stroke) => void} [onExtend] the stroke has grown, at most once per frame
 * @property {() => void} [onDiscard] the stroke was a palm
 * @property {(stroke: Stroke, pointerType: string) => void} onStroke the pen was lifted
 * @property {() => number} remainingPoints how many more points the drawing may have
 */

export class DrawingCanvas {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {CanvasHandlers} handlers
   */
  constructor(canvas, { onStart, onExtend = () => {}, onDiscard = () => {}, onStroke, remainingPoints }) {
    this.canvas = canvas;
    this.onStart = onStart;
    this.onExtend = onExtend;
    this.onDiscard = onDiscard;
    this.onStroke = onStroke;
    this.remainingPoints = remainingPoints;
    this.context = contextOf(canvas);
    this.finished = document.createElement("canvas"); // the finished strokes, drawn once
    this.active = NO_POINTER;
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {Stroke | null} */
    this.stroke = null;
    /** @type {number | null} */
    this.startedAt = null;
    this.frame = 0;
    for (const type of EVENTS) canvas.addEventListener(type, (event) => this.handleEvent(event));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on touch screens
    addEventListener("blur", () => this.release());
    document.addEventListener("visibilitychange", () => document.hidden && this.release());
    new ResizeObserver(() => this.fitToScreen()).observe(canvas);
    onThemeChange(() => this.redraw());
  }

  /**
   * Show these strokes. The time of the next stroke continues where they end.
   * @param {Stroke[]} strokes
   */
  show(strokes) {
    if (strokes === this.strokes) return;
    if (strokes.length === 0 && !this.stroke) this.startedAt = null;
    this.strokes = strokes;
    this.redraw();
  }

  /** @param {PointerEvent} event */
  handleEvent(event) {
    const { active, action } = reducePointer(this.active, event);
    this.active = active;
    if (action === "ignore") return;
    event.preventDefault();
    this[action](event);
  }

  /** @param {PointerEvent} event */
  start(event) {
    this.capture(event.pointerId);
    this.onStart();
    if (this.remainingPoints() <= 0) return;
    this.startedAt ??= event.timeStamp - lastTime(this.strokes);
    this.stroke = [];
    this.extend(event);
  }

  /**
   * Receive the pointer's events from outside the canvas too, also those that end a press on a full canvas.
   * @param {number} pointerId
   */
  capture(pointerId) {
    try {
      this.canvas.setPointerCapture(pointerId);
    } catch {
      return; // the pointer was lifted already; the next event shows it
    }
  }

  /** End the stroke without an event: the window lost the pointer. */
  release() {
    const { type, penAt } = this.active;
    this.active = { ...NO_POINTER, penAt };
    this.finishStroke(type);
  }

  /** @param {PointerEvent} event */
  endAndStart(event) {
    this.finishStroke(event.pointerType);
    this.start(event);
  }

  /** @param {PointerEvent} event */
  restart(event) {
    this.discard();
    this.start(event);
  }

  /** @param {PointerEvent} event */
  extend(event) {
    if (!this.stroke) return;
    const box = this.canvas.getBoundingClientRect();
    for (const point of coalescedEvents(event)) {
      if (this.stroke.length < this.remainingPoints()) extendStroke(this.stroke, toSample(point, box, this.startedAt ?? 0));
    }
    this.frame ||= requestAnimationFrame(() => {
      this.paint();
      if (this.stroke) this.onExtend(this.stroke);
    });
  }

  /** @param {PointerEvent} event */
  end(event) {
    this.finishStroke(event.pointerType);
  }

  /** @param {string} pointerType */
  finishStroke(pointerType) {
    const { stroke } = this;
    this.stroke = null;
    if (stroke?.length) this.onStroke(stroke, pointerType);
  }

  discard() {
    this.stroke = null;
    this.onDiscard();
    this.redraw();
  }

  /** Match the backing store to the pixels of the screen, so that ink is sharp on every display. */
  fitToScreen() {
    const size = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    if (this.canvas.width === size && this.finished.width === size) return;
    for (const canvas of [this.canvas, this.finished]) canvas.width = canvas.height = size;
    this.redraw();
  }

  redraw() {
    const context = contextOf(this.finished);
    context.clearRect(0, 0, this.finished.width, this.finished.height);
    for (const stroke of this.strokes) this.drawStroke(context, stroke);
    this.paint();
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.finished.width) this.context.drawImage(this.finished, 0, 0);
    if (this.stroke) this.drawStroke(this.context, this.stroke);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Stroke} samples
   */
  drawStroke(context, samples) {
    const scale = this.canvas.width / CANVAS_SIZE;
    context.save();
    context.scale(scale, scale);
    context.strokeStyle = context.fillStyle = getComputedStyle(this.canvas).color;
    context.lineCap = context.lineJoin = "round";
    for (const { width, pieces } of runsOfEqualWidth(samples)) drawRun(context, width, pieces);
    context.restore();
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * Group neighbouring pieces of one width. Each group is drawn as one path, so that joints are invisible.
 * @param {Stroke} samples
 */
function runsOfEqualWidth(samples) {
  /** @type {{ width: number, pieces: CurvePiece[] }[]} */
  const runs = [];
  for (const piece of smoothStroke(samples)) {
    const width = Math.round(PEN_WIDTH * (0.55 + 0.9 * piece.pressure));
    const last = runs.at(-1);
    if (last?.width === width) last.pieces.push(piece);
    else runs.push({ width, pieces: [piece] });
  }
  return runs;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width
 * @param {CurvePiece[]} pieces
 */
function drawRun(context, width, pieces) {
  const [x, y] = pieces[0].from;
  context.beginPath();
  if (pieces.length === 1 && isDot(pieces[0])) {
    context.arc(x, y, width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.lineWidth = width;
  context.moveTo(x, y);
  for (const { control, to } of pieces) context.quadraticCurveTo(control[0], control[1], to[0], to[1]);
  context.stroke();
}

/**
 * True for a piece without length, which a canvas would not draw as a line.
 * @param {CurvePiece} piece
 */
function isDot({ from, to }) {
  return from[0] === to[0] && from[1] === to[1];
}

/** @param {Stroke[]} strokes */
function lastTime(strokes) {
  return strokes.at(-1)?.at(-1)?.[2] ?? 0;
}
