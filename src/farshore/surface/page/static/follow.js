// Keeps a page that has no stream of its own as the gateway would write it now.
import { again } from "./again.js";

const main = document.getElementById("main");

function isInUse() {
  return main.contains(document.activeElement) || !document.getSelection().isCollapsed;
}

again(async () => {
  if (isInUse()) return;
  const answer = await fetch(location);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (isInUse()) return;
  const open = [...main.querySelectorAll("details")].map((each) => each.open);
  document.title = fresh.title;
  main.replaceChildren(...fresh.getElementById("main").childNodes);
  main.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? each.open; });
});
