/* The meaning of a key press on any keyboard layout. Pure.

   A Latin letter or a digit counts by the character, so that the layout decides (Dvorak, QWERTZ). A key
   that types neither, for example "я" or the "é" of the digit row of AZERTY, counts by its position. */
const MAX_ADJACENT_DIGITS = 50; // the longest run of decimal digits in Unicode is five sets of ten
const QUESTION_MARKS = new Set(["?", "\u061f", "\u055e"]); // also Arabic and Armenian
const NO_CHARACTER = new Set(["Process", "Unidentified", "Dead"]); // an input method or a dead key has the press

/** @typedef {Pick<KeyboardEvent, "key"> & Partial<KeyboardEvent>} KeyPress */

/**
 * Return "0" to "9", a lower-case letter "a" to "z", "?", another character, or the name of a key such as
 * "Enter". Returns "" while an input method composes text.
 * @param {KeyPress} press
 */
export function normalizeKey(press) {
  if (press.isComposing) return "";
  const hasCharacter = !NO_CHARACTER.has(press.key);
  const key = hasCharacter ? press.key.normalize("NFKC") : "";
  if (hasCharacter && [...key].length > 1 && /^[\x20-\x7e]+$/.test(key)) return key; // "Enter", "ArrowLeft"
  return keyOfCharacter(key) || keyOfPosition(press, key) || key.toLowerCase();
}

/** @param {string} key one character, or "" */
function keyOfCharacter(key) {
  if (/^\p{Nd}$/u.test(key)) return String(digitValue(key));
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return QUESTION_MARKS.has(key) ? "?" : "";
}

/**
 * The digit or letter that the key has on a US keyboard. A shifted digit key is no digit: on AZERTY it has
 * a digit as its character, elsewhere it types a sign. Signs and Latin letters with accents are no letters.
 * @param {KeyPress} press
 * @param {string} key
 */
function keyOfPosition(press, key) {
  const { code = "", shiftKey = false } = press;
  if (press.getModifierState?.("AltGraph")) return "";
  const digit = /^(Digit|Numpad)([0-9])$/.exec(code)?.[2];
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (digit && !shiftKey) return digit;
  const isOtherScript = key === "" || (/[\p{L}\p{M}]/u.test(key) && !/\p{Script=Latin}/u.test(key));
  return letter && isOtherScript ? letter.toLowerCase() : "";
}

/**
 * Return the value of a decimal digit of any script. Each script has its ten digits in a row.
 * @param {string} digit
 */
function digitValue(digit) {
  const code = /** @type {number} */ (digit.codePointAt(0));
  let value = 0;
  while (value < MAX_ADJACENT_DIGITS && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return value % 10;
}
