/* What the review page says, in plain words. Pure. */
import { percent } from "../../draw/text.js";

/* 4, "not a digit", "skipped" */
export function formatChoice(decision) {
  return { not_a_digit: "not a digit", skip: "skipped" }[decision] ?? String(decision);
}

/* What the network says of a card. */
export function answerWords(answer) {
  if (!answer) return "nothing";
  if (answer.verdict === "not_a_digit") return `not a digit, ${percent(answer.confidence)} sure`;
  const said = answer.verdict === "unsure" ? `perhaps ${answer.digit}` : String(answer.digit);
  return `${said}, ${percent(answer.confidence)} sure`;
}

export function formatClaim(claim) {
  return claim === null ? "nothing yet" : formatChoice(claim);
}

export function formatProgress({ today, waiting }) {
  const done = today === 0 ? "None judged today" : `${today} judged today`;
  if (waiting === null) return done;
  return waiting === 0 ? `${done}, none waiting` : `${done}, ${waiting} waiting`;
}

/* What a screen reader hears when a new card lies there: never the answer while it is hidden. */
export function formatItemAnnouncement(card, isShown) {
  const facts = isShown ? ` The network says ${answerWords(card.answer)}; who drew it says ${formatClaim(card.claim)}.` : "";
  return `A new drawing. ${card.why}.${facts}`;
}
