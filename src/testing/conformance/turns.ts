/** Turns of the event loop after which what waits for nobody has happened, also over a socket. */
const MAX_TURNS = 100;

/** Whether something has settled, when all has happened that waits for nobody. */
export async function hasSettled(what: Promise<unknown>): Promise<boolean> {
  const state = { isSettled: false };
  const note = () => {
    state.isSettled = true;
  };
  what.then(note, note);
  for (let turn = 0; turn < MAX_TURNS && !state.isSettled; turn++) await nextTurn();
  return state.isSettled;
}

/** Lets everything happen that waits for nobody. */
export async function allTurns(): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
