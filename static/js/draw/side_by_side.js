/* What the other models say of the drawing on the sheet, side by side. Pure.

   models: who stands beside whom, the one that answers first; heard: the newest message about it;
   asked: what this connection was asked, so that it is asked once. */
import { predictedLabel, hasCurrentPrediction, isEmpty } from "./drawing.js";
import { parseModelRef } from "./text.js";

export const TOP = 3;

export function initialSideBySide() {
  return { isOn: false, models: [], asked: null, heard: null };
}

export function reduceSideBySide(beside, event) {
  switch (event.type) {
    case "sideBySideSwitched":
      return { ...beside, isOn: event.isOn };
    case "sideBySideModelsSet":
      return { ...beside, models: event.models };
    case "sideBySideRequested":
      return { ...beside, asked: { id: event.id, revision: event.revision } };
    case "sideBySideTimedOut":
      return isAbout(beside.asked, event) ? { ...beside, asked: null } : beside;
    case "connection":
      return beside.asked ? { ...beside, asked: null } : beside;
    default:
      return beside;
  }
}

export function applySideBySideMessage(beside, message) {
  const isOlder = beside.heard?.id === message.id && beside.heard.revision > message.revision;
  return isOlder ? beside : { ...beside, heard: message };
}

/* What to ask now, as { id, revision }, or null. */
export function pendingRequest({ beside, drawing, connection }) {
  if (!beside.isOn || connection.name !== "open" || !hasCurrentPrediction(drawing) || isEmpty(drawing)) return null;
  const question = { id: drawing.id, revision: drawing.revision };
  const isKnown = isAbout(beside.heard, question) && beside.heard.answers !== null;
  return isKnown || isAbout(beside.asked, question) ? null : question;
}

/* A row for each model, the one that answers first: { model, state, answer, code }. The state is
   empty, waiting, champion, agrees, differs or silent; `isOld` when it is about fewer strokes. */
export function rowsOf({ beside, drawing }) {
  const answers = answersOf(beside, drawing);
  const champion = drawing.answer?.model ?? beside.models[0];
  const others = answers ? answers.list.map(({ model }) => model) : beside.models;
  return [
    championRow(champion, drawing),
    ...others.filter((model) => model !== champion).map((model) => rowOf(model, answers, drawing)),
  ];
}

function championRow(model, drawing) {
  if (isEmpty(drawing) || !drawing.answer) return { model, state: isEmpty(drawing) ? "empty" : "waiting", answer: null };
  return { model, state: "champion", answer: drawing.answer, isOld: !hasCurrentPrediction(drawing) };
}

function rowOf(model, answers, drawing) {
  if (isEmpty(drawing)) return { model, state: "empty", answer: null };
  const answer = answers?.list.find((one) => one.model === model);
  if (!answer) return { model, state: "waiting", answer: null };
  if (answer.code) return { model, state: "silent", answer: null, code: answer.code };
  const agrees = saidOf(answer) === predictedLabel(drawing);
  return { model, state: agrees ? "agrees" : "differs", answer, isOld: answers.isOld };
}

/* Those about this drawing; about fewer strokes they stay until the new ones are here. */
function answersOf({ heard }, drawing) {
  if (!heard?.answers || heard.id !== drawing.id || isEmpty(drawing) || !drawing.answer) return null;
  const isOld = heard.revision !== drawing.revision || !hasCurrentPrediction(drawing);
  return { list: heard.answers, isOld };
}

function saidOf({ verdict, digit }) {
  return verdict === "not_a_digit" ? "not_a_digit" : digit;
}

/* The three likeliest digits, as { digit, share }. */
export function topOf(answer) {
  return answer.probabilities
    .map((share, digit) => ({ digit, share }))
    .sort((a, b) => b.share - a.share || a.digit - b.digit)
    .slice(0, TOP);
}

/* Names for people, as { name, sha }: the beginning of its hash only where two have the same. */
export function shortNames(models) {
  const all = models.map(parseModelRef);
  return all.map(({ name, sha }) => {
    const isAlone = all.filter((one) => one.name === name).length === 1;
    return { name, sha: isAlone ? "" : sha.slice(0, 6) };
  });
}

/* The line above the rows, and whether it is the last word for now: { text, isSettled }. */
export function describeComparison(state) {
  const { beside, drawing, connection } = state;
  if (isEmpty(drawing)) return { text: "Draw, and they all read it.", isSettled: false };
  if (isAbout(beside.heard, drawing) && beside.heard.answers?.length === 0) {
    return { text: "No other model is chosen any more.", isSettled: true };
  }
  const rows = rowsOf(state).slice(1);
  const isFresh = rows.some(({ state: one, isOld }) => one !== "waiting" && !isOld) && hasCurrentPrediction(drawing);
  if (isFresh) return { text: agreementWords(rows), isSettled: true };
  if (connection.name !== "open") return { text: "They read it when you are connected again.", isSettled: false };
  if (isAbout(beside.heard, drawing) && TROUBLES[beside.heard.code]) {
    return { text: TROUBLES[beside.heard.code], isSettled: true };
  }
  return { text: "They read it…", isSettled: false };
}

const TROUBLES = {
  late: "They take longer than usual.",
  away: "They do not answer now; asked again soon.",
};

function agreementWords(rows) {
  const read = rows.filter(({ answer }) => answer);
  const agree = read.filter(({ state }) => state === "agrees").length;
  const silent = rows.length - read.length;
  const tail = silent === 0 ? "" : silent === 1 ? " One cannot answer." : ` ${silent} cannot answer.`;
  return `${countWords(agree, read.length)}${tail}`.trim();
}

function countWords(agree, all) {
  if (all === 0) return "";
  if (all === 1) return agree ? "The other one agrees." : "The other one reads it differently.";
  if (agree === all) return `All ${all} agree.`;
  return agree === 0 ? `None of the ${all} agrees.` : `${agree} of ${all} agree.`;
}

/* One row's word about itself. */
export function rowWords({ state, answer, code }, champion) {
  if (state === "champion") return "answers you";
  if (state === "agrees") return answer.verdict === "unsure" ? "agrees, not sure" : "agrees";
  if (state === "silent") return code === "cannot_load" ? "could not be loaded" : "could not read it";
  if (state !== "differs") return "";
  if (champion?.verdict === "not_a_digit" && answer.rejects === false) return "knows digits only";
  return answer.verdict === "unsure" ? "differs, not sure" : "differs";
}

function isAbout(one, { id, revision }) {
  return Boolean(one) && one.id === id && one.revision === revision;
}
