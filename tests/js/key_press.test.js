/* Key presses on any keyboard layout, and the shortcuts of all pages with them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandForKey as drawCommand } from "../../static/js/draw/keyboard_shortcuts.js";
import { commandForKey as historyCommand } from "../../static/js/history/keyboard_shortcuts.js";
import { normalizeKey } from "../../static/js/key_press.js";
import { commandForKey as reviewCommand } from "../../static/js/review/queue/keyboard_shortcuts.js";

const CASES = {
  "US digit": [{ key: "2", code: "Digit2" }, "2"],
  "AZERTY é": [{ key: "é", code: "Digit2" }, "2"],
  "AZERTY à": [{ key: "à", code: "Digit0" }, "0"],
  "AZERTY (": [{ key: "(", code: "Digit5" }, "5"],
  "AZERTY shifted digit": [{ key: "2", code: "Digit2", shiftKey: true }, "2"],
  "Czech ě": [{ key: "ě", code: "Digit2" }, "2"],
  "Thai /": [{ key: "/", code: "Digit2" }, "2"],
  "Arabic digit": [{ key: "٧", code: "Digit7" }, "7"],
  "Persian digit": [{ key: "۷", code: "Digit7" }, "7"],
  "Devanagari digit": [{ key: "०", code: "Digit0" }, "0"],
  "Bengali digit without a code": [{ key: "৯" }, "9"],
  "full-width digit": [{ key: "４", code: "Digit4" }, "4"],
  "mathematical digit": [{ key: "\u{1d7df}" }, "7"], // double-struck 7, in a run of fifty digits
  "keypad digit": [{ key: "5", code: "Numpad5" }, "5"],
  "keypad without Num Lock": [{ key: "ArrowDown", code: "Numpad2" }, "ArrowDown"],
  "keypad without Num Lock, middle": [{ key: "Clear", code: "Numpad5" }, "Clear"],
  "digit with an input method": [{ key: "Process", code: "Digit3" }, "3"],
  "letter with an input method": [{ key: "Process", code: "KeyZ" }, "z"],
  "digit while text is composed": [{ key: "3", code: "Digit3", isComposing: true }, ""],
  "input method while text is composed": [{ key: "Process", code: "Digit3", isComposing: true }, ""],
  "on-screen keyboard": [{ key: "Unidentified", code: "" }, ""],
  "US sign on a digit key": [{ key: "@", code: "Digit2", shiftKey: true }, "@"],
  "AltGr on a digit key": [{ key: "~", code: "Digit2", getModifierState: (name) => name === "AltGraph" }, "~"],
  "capital letter": [{ key: "X", code: "KeyX", shiftKey: true }, "x"],
  "Cyrillic я": [{ key: "я", code: "KeyZ" }, "z"],
  "Cyrillic Я": [{ key: "Я", code: "KeyZ", shiftKey: true }, "z"],
  "Greek ζ": [{ key: "ζ", code: "KeyZ" }, "z"],
  "Hebrew ז": [{ key: "ז", code: "KeyZ" }, "z"],
  "Arabic ئ": [{ key: "ئ", code: "KeyZ" }, "z"],
  "Arabic letter pair": [{ key: "لا", code: "KeyB" }, "b"],
  "Thai vowel mark": [{ key: "ื", code: "KeyN" }, "n"],
  "Korean ㅋ": [{ key: "ㅋ", code: "KeyZ" }, "z"],
  "QWERTZ z": [{ key: "z", code: "KeyY" }, "z"],
  "AZERTY z": [{ key: "z", code: "KeyW" }, "z"],
  "Dvorak ;": [{ key: ";", code: "KeyZ" }, ";"],
  "BÉPO é": [{ key: "é", code: "KeyW" }, "é"],
  "Russian ? on the 7": [{ key: "?", code: "Digit7", shiftKey: true }, "?"],
  "Arabic question mark": [{ key: "؟", code: "Slash", shiftKey: true }, "?"],
  "full-width question mark": [{ key: "？" }, "?"],
  "space": [{ key: " ", code: "Space" }, " "],
  "ideographic space": [{ key: "　", code: "Space" }, " "],
  "Enter of the keypad": [{ key: "Enter", code: "NumpadEnter" }, "Enter"],
  "Backspace": [{ key: "Backspace", code: "Backspace" }, "Backspace"],
};

for (const [name, [press, key]] of Object.entries(CASES)) {
  test(`key press: ${name}`, () => assert.equal(normalizeKey(press), key));
}

for (const press of [{ key: "é", code: "Digit2" }, { key: "٢" }, { key: "२" }, { key: "2", code: "Numpad2" }]) {
  test(`${press.key} labels with 2 on every page`, () => {
    assert.deepEqual(drawCommand(press), { type: "claim", claim: 2 });
    assert.deepEqual(historyCommand(press, { isOnDrawing: true }), { type: "claim", claim: 2 });
    assert.deepEqual(reviewCommand(press), { type: "choose", choice: 2 });
  });
}

test("letters of a Cyrillic layout are shortcuts on every page", () => {
  const [x, n, s, a] = [["ч", "KeyX"], ["т", "KeyN"], ["ы", "KeyS"], ["ф", "KeyA"]].map(([key, code]) => ({ key, code }));
  assert.deepEqual(drawCommand(x), { type: "claim", claim: "not_a_digit" });
  assert.deepEqual(drawCommand(n), { type: "new" });
  assert.deepEqual(historyCommand(x, { isOnDrawing: true }), { type: "claim", claim: "not_a_digit" });
  assert.deepEqual(reviewCommand(n), { type: "choose", choice: "not_a_digit" });
  assert.deepEqual(reviewCommand(s), { type: "choose", choice: "skip" });
  assert.deepEqual(reviewCommand(a), { type: "reveal" });
});

for (const key of ["z", "я", "ζ", "ז"]) {
  test(`Ctrl+${key} undoes, with Shift it redoes`, () => {
    assert.deepEqual(drawCommand({ key, code: "KeyZ", ctrlKey: true }), { type: "undo" });
    assert.deepEqual(drawCommand({ key: key.toUpperCase(), code: "KeyZ", ctrlKey: true, shiftKey: true }), { type: "redo" });
  });
}

test("keys of other commands stay free", () => {
  assert.equal(drawCommand({ key: "é", code: "Digit2", ctrlKey: true }), null);
  assert.equal(drawCommand({ key: ";", code: "KeyZ", ctrlKey: true }), null);
  assert.equal(drawCommand({ key: "~", code: "Digit2", ctrlKey: true, altKey: true }), null);
});
