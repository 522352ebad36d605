// Reads the table again now and then, the less often the longer it takes.
const EVERY_MS = 2000;
const SHARE = 30;
const table = document.getElementById("table");

async function again() {
  const begun = performance.now();
  if (!document.hidden && !table.contains(document.activeElement)) {
    try {
      const url = new URL(location);
      url.searchParams.set("part", "table");
      const answer = await fetch(url);
      if (answer.ok) table.innerHTML = await answer.text();
    } catch {
      // The next time it may answer.
    }
  }
  setTimeout(again, Math.max(EVERY_MS, (performance.now() - begun) * SHARE));
}
setTimeout(again, EVERY_MS);
