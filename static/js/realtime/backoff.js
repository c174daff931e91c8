/* Exponential backoff with a cap and jitter, so that many browsers do not reconnect in the same
   instant. Pure. */
const MIN_DELAY_MS = 400;
const MAX_DELAY_MS = 8000;

/**
 * Return the milliseconds to wait before the next attempt.
 * @param {number} attempt 0 for the first one after a loss
 * @param {number} random in [0, 1)
 */
export function backoffMs(attempt, random) {
  const ceiling = Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** attempt);
  return Math.round(ceiling * (0.5 + random / 2));
}
