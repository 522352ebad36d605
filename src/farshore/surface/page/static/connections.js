// Shows what the form asks for without loading the page, and reads the table again now and then.
import { again } from "./again.js";

const table = document.getElementById("table");
const form = document.querySelector("form.filter");
let last = 0;

// An answer that was overtaken by another question is not shown.
async function read() {
  const url = new URL(location);
  url.searchParams.set("part", "table");
  const number = ++last;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(answer.statusText);
  const html = await answer.text();
  if (number === last) table.innerHTML = html;
}

async function show(event) {
  event.preventDefault();
  history.replaceState(null, "", `?${new URLSearchParams(new FormData(form))}`);
  try {
    await read();
  } catch {
    location.reload();
  }
}

form.addEventListener("change", show);
form.addEventListener("submit", show);
again(async () => {
  if (!table.contains(document.activeElement)) await read();
});
