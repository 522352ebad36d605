// Keeps the page as the gateway last said. Without this file the page is whole and stands still.
import { age } from "./words.js";
import { charts } from "./charts.js";

const STALE_MS = 5000;
const stale = document.getElementById("stale");
let skew = 0;
let heard = Date.now();

function place(name) {
  return document.querySelector(`[data-live="${CSS.escape(name)}"]`);
}

// A part is replaced as a whole; what was open stays open, what had the focus keeps it.
function put(where, html) {
  const known = where.querySelector("details");
  const open = known ? known.open : null;
  const state = known ? known.className : "";
  const inside = where.contains(document.activeElement) && document.activeElement !== where;
  const summary = inside && document.activeElement.tagName === "SUMMARY";
  const link = inside ? document.activeElement.getAttribute("href") : null;
  where.innerHTML = html;
  const fresh = where.querySelector("details");
  if (fresh && open !== null && fresh.className === state) fresh.open = open;
  if (summary) where.querySelector("summary")?.focus();
  else if (link) where.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
}

function order(keys) {
  const routes = document.getElementById("routes");
  for (const each of [...routes.children]) if (!keys.includes(each.id)) each.remove();
  keys.forEach((key, at) => {
    let article = document.getElementById(key);
    if (!article) {
      article = document.createElement("article");
      article.id = key;
      article.dataset.live = key;
    }
    if (routes.children[at] !== article) routes.insertBefore(article, routes.children[at] ?? null);
  });
}

function take(news) {
  heard = Date.now();
  skew = heard - news.at * 1000;
  document.title = `${news.word} – Farshore`;
  if (news.order) order(news.order);
  for (const [name, html] of Object.entries(news.html ?? {})) {
    const where = place(name);
    if (where) put(where, html);
  }
  ages();
}

function ages() {
  const now = (Date.now() - skew) / 1000;
  for (const each of document.querySelectorAll("time[data-age]")) {
    const text = age(now - Number(each.dataset.age));
    if (each.textContent !== text) each.textContent = text;
  }
}

function watchTheWatch() {
  const silent = Date.now() - heard;
  const isStale = silent > STALE_MS;
  if (isStale) stale.textContent = `Nothing was heard from the gateway for ${age(silent / 1000)}: this may not be true any more.`;
  if (stale.hidden === isStale) stale.hidden = !isStale;
  document.body.classList.toggle("is-stale", isStale);
  if (!isStale) ages();
}

const stream = new EventSource("/api/v1/stream");
stream.addEventListener("message", (message) => take(JSON.parse(message.data)));
setInterval(watchTheWatch, 1000);
charts();
