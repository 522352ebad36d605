// Asks again now and then, the less often the longer an answer takes. A page that nobody sees asks nothing.
const EVERY_MS = 2000;
const SHARE = 30;

export function again(ask) {
  async function turn() {
    const begun = performance.now();
    try {
      if (!document.hidden) await ask();
    } catch {
      // The next time it may answer.
    }
    setTimeout(turn, Math.max(EVERY_MS, (performance.now() - begun) * SHARE));
  }
  setTimeout(turn, EVERY_MS);
}
