/* How long to wait before the next attempt: exponential, capped, and jittered so that a thousand
   browsers do not come back in the same instant. Pure. */
const FIRST_MS = 400;
const LONGEST_MS = 8000;

/* attempt: 0 for the first one after a loss; random: in [0, 1). */
export function backoffMs(attempt, random) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(ceiling * (0.5 + random / 2));
}
