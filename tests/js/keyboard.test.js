/* Key presses on any keyboard layout, and the one map of shortcuts of all pages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandForKey, KEY_MAP, listShortcuts } from "../../static/js/keyboard/key_map.js";
import { normalizeKey } from "../../static/js/keyboard/key_press.js";

const LABEL_PAGES = ["draw", "review", "grid", "history"];
const PAGES = [...LABEL_PAGES, "challenge"];
const TWO = { type: "label", label: 2 };
const NOT_A_DIGIT = { type: "label", label: "not_a_digit" };

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

const LAYOUTS = {
  AZERTY: [{ key: "é", code: "Digit2" }, { key: "x", code: "KeyX" }],
  Arabic: [{ key: "٢", code: "Digit2" }, { key: "ء", code: "KeyX" }],
  Devanagari: [{ key: "२" }, { key: "x", code: "KeyX" }],
  Cyrillic: [{ key: "2", code: "Digit2" }, { key: "ч", code: "KeyX" }],
  "Japanese input method": [{ key: "Process", code: "Digit2" }, { key: "Process", code: "KeyX" }],
  keypad: [{ key: "2", code: "Numpad2" }, { key: "X", code: "KeyX", shiftKey: true }],
};
for (const page of LABEL_PAGES) {
  for (const [layout, [two, x]] of Object.entries(LAYOUTS)) {
    test(`2 and X label on the ${page} page: ${layout}`, () => {
      assert.deepEqual([two, x].map((press) => commandForKey(page, press)), [TWO, NOT_A_DIGIT]);
    });
  }
}

test("the challenge sends, skips and undoes, and gives no labels", () => {
  const types = (presses) => presses.map((press) => commandForKey("challenge", press)?.type ?? null);
  const keys = ["Enter", "y", "n", "s", "c", "2", "x", "u", "Backspace", " "].map((key) => ({ key }));
  assert.deepEqual(types(keys), ["confirm", "confirm", "new", "skip", "clear", null, null, null, null, null]);
  assert.deepEqual(types([{ key: "ы", code: "KeyS" }, { key: "Process", code: "KeyN" }]), ["skip", "new"]);
  assert.deepEqual(types([{ key: "я", code: "KeyZ", ctrlKey: true }, { key: "z", ctrlKey: true, shiftKey: true }]), ["undo", null]);
  assert.deepEqual(types([{ key: "s", repeat: true }, { key: "z", ctrlKey: true, repeat: true }]), [null, "undo"]);
});

for (const page of PAGES) {
  const character = page === "challenge" ? { key: "s", code: "KeyS" } : { key: "2", code: "Digit2" };
  const command = page === "challenge" ? { type: "skip" } : TWO;

  test(`nothing happens while text is composed or written: ${page}`, () => {
    assert.equal(commandForKey(page, { ...character, isComposing: true }), null);
    for (const tagName of ["TEXTAREA", "SELECT"]) assert.equal(commandForKey(page, character, { focus: { tagName } }), null);
    assert.equal(commandForKey(page, character, { focus: { tagName: "INPUT", type: "text" } }), null);
    assert.deepEqual(commandForKey(page, character, { focus: { tagName: "INPUT", type: "checkbox" } }), command);
  });

  test(`keys of one character can be turned off: ${page}`, () => {
    const press = (key) => commandForKey(page, { key }, { singleKeys: false });
    assert.deepEqual([press(character.key), press("?")], [null, { type: "help" }]);
  });

  test(`the help lists every shortcut of the ${page} page`, () => {
    const listed = listShortcuts(page).map(({ shown }) => shown.join(" "));
    assert.deepEqual(listed, KEY_MAP.filter(({ texts }) => texts[page]).map(({ shown }) => shown.join(" ")));
    assert.ok(listed.includes("?") && listed.includes("0 … 9") === LABEL_PAGES.includes(page));
  });
}

test("a key has one meaning on all pages", () => {
  const keys = KEY_MAP.flatMap(({ keys, withControl, withShift }) => keys.map((key) => `${withControl ? "Ctrl " : ""}${withShift ? "Shift " : ""}${key}`));
  assert.equal(new Set(keys).size, keys.length);
});

for (const key of ["z", "я", "ζ", "ז"]) {
  test(`Ctrl+${key} undoes, with Shift it redoes`, () => {
    assert.deepEqual(commandForKey("draw", { key, code: "KeyZ", ctrlKey: true }), { type: "undo" });
    assert.deepEqual(commandForKey("draw", { key: key.toUpperCase(), code: "KeyZ", metaKey: true, shiftKey: true }), { type: "redo" });
  });
}

test("each page has its own commands", () => {
  const types = (page, keys, context) => keys.map((key) => commandForKey(page, { key }, context)?.type ?? null);
  assert.deepEqual(types("draw", ["y", "Enter", "n", "c", "u", "s", "a", " "]), ["confirm", "confirm", "new", "clear", "upload", null, null, null]);
  assert.deepEqual(types("review", ["s", "a", " ", "Backspace", "n", "y"]), ["skip", "reveal", "play", "unlabel", null, null]);
  assert.deepEqual(types("grid", ["Escape", "ArrowLeft", " ", "Delete"]), ["clear", "move", null, null]);
  assert.deepEqual(types("history", ["Delete", "Backspace", " ", "ArrowUp"]), ["delete", "unlabel", "play", "move"]);
  assert.deepEqual(types("history", ["2", "x", "Delete", "Backspace", "ArrowUp"], { hasDrawing: false }), [null, null, null, null, "move"]);
});

test("elements keep their own keys", () => {
  const command = (page, key, tagName, type = "") => commandForKey(page, { key }, { focus: { tagName, type } });
  for (const tagName of ["BUTTON", "A", "SUMMARY"]) {
    assert.equal(command("draw", "Enter", tagName), null);
    assert.equal(command("review", " ", tagName), null);
    assert.deepEqual(command("review", "2", tagName), TWO);
  }
  assert.equal(command("history", "ArrowLeft", "INPUT", "range"), null);
  assert.equal(command("history", "ArrowLeft", "INPUT", "radio"), null);
  assert.deepEqual(command("history", "2", "INPUT", "range"), TWO);
});

test("a key that is held down counts once, unless it moves or undoes", () => {
  assert.equal(commandForKey("review", { key: "7", repeat: true }), null);
  assert.equal(commandForKey("history", { key: "ArrowLeft", repeat: true })?.type, "move");
  assert.equal(commandForKey("draw", { key: "z", ctrlKey: true, repeat: true })?.type, "undo");
});

test("keys of the browser stay free", () => {
  assert.equal(commandForKey("draw", { key: "é", code: "Digit2", ctrlKey: true }), null);
  assert.equal(commandForKey("draw", { key: ";", code: "KeyZ", ctrlKey: true }), null);
  assert.equal(commandForKey("draw", { key: "~", code: "Digit2", ctrlKey: true, altKey: true }), null);
  assert.equal(commandForKey("review", { key: "s", metaKey: true }), null);
  assert.equal(commandForKey("history", { key: "2", altKey: true }), null);
});
