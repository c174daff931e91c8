/* The ten digits as pen paths, each drawn in one go, in a box of 100 by 140. */
import { svg } from "../../dom.js";

const DIGIT_PATHS = [
  "M50 12C26 12 18 40 18 70S26 128 50 128S82 100 82 70S74 12 50 12Z",
  "M26 44L56 13V128",
  "M20 42C20 23 33 12 51 12S82 24 82 42C82 70 40 92 18 127H84",
  "M21 27C28 17 38 12 51 12C68 12 80 23 80 38C80 54 66 64 46 64C68 64 84 76 84 95C84 115 69 128 50 128C36 128 24 122 17 110",
  "M63 12L14 92H88M66 60V128",
  "M78 13H31L26 63C33 56 42 53 52 53C71 53 84 68 84 90C84 113 69 128 49 128C35 128 24 121 17 110",
  "M74 14C44 22 18 52 18 90C18 113 32 128 51 128S83 113 83 93S70 59 52 59S21 72 18 90",
  "M16 13H84C66 44 50 82 45 128",
  "M50 65C33 65 22 54 22 38S33 12 50 12S78 22 78 38S67 65 50 65C30 65 17 78 17 96S31 128 50 128S83 115 83 96S70 65 50 65Z",
  "M82 50C79 68 66 80 49 80C30 80 17 66 17 47S30 12 49 12S82 26 82 50C82 90 60 119 28 126",
];
const SCRIBBLE = "M12 84C22 44 36 44 40 70S54 106 64 70S82 50 90 66";
const TICK = "M14 84L38 112L92 36";
const STRIKE = "M8 112C34 92 66 54 94 26";
const QUESTION = "M30 40C31 22 42 12 56 12C71 12 82 22 82 38C82 60 57 60 57 86M57 114V116";

export const MARKS = { tick: TICK, strike: STRIKE, question: QUESTION };

/** @param {ClassLabel | null} label */
export function digitPath(label) {
  return label === "not_a_digit" || label === null ? SCRIBBLE : DIGIT_PATHS[label];
}

/**
 * Return an <svg class="figure …"> of a path. The stylesheet animates it, unless motion is reduced.
 * @param {string} path
 * @param {string} className
 */
export function digitSvg(path, className) {
  return svg(
    "svg",
    { class: `figure ${className}`, viewBox: "0 0 100 140", "aria-hidden": "true" },
    svg("path", { d: path, pathLength: 1 }),
  );
}
