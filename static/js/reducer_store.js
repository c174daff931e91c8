/* A store: it holds a state, changes it by a reducer and calls listeners after every change. */

/**
 * @template S
 * @param {S} state
 * @param {(state: S, event: any) => S} reduce
 * @returns {Store<S>}
 */
export function createStore(state, reduce) {
  /** @type {((state: S, before: S, event: any) => void)[]} */
  const listeners = [];
  return {
    get state() {
      return state;
    },
    dispatch(event) {
      const before = state;
      state = reduce(state, event);
      if (state !== before) for (const listener of listeners) listener(state, before, event);
    },
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}
