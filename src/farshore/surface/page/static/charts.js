// The last hour, drawn by uPlot; lines differ by their dashes as well as by their colours.
const EVERY_MS = 10000;
const HEIGHT = 190;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axes() {
  const stroke = colour("--soft");
  const grid = { stroke: colour("--line"), width: 1 };
  const clock = (_, ticks) => ticks.map((at) => new Date(at * 1000).toISOString().slice(11, 16));
  return [{ stroke, grid, ticks: grid, values: clock }, { stroke, grid, ticks: grid, size: 56 }];
}

function plot(where, data, series) {
  return new uPlot(
    {
      width: where.clientWidth,
      height: HEIGHT,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: axes(),
      series: [{ value: "{HH}:{mm}:{ss}" }, ...series],
    },
    data,
    where,
  );
}

async function told() {
  const answer = await fetch("/api/v1/history");
  if (!answer.ok) throw new Error(`history: ${answer.status}`);
  return answer.json();
}

export async function charts() {
  const section = document.getElementById("charts");
  const ended = document.getElementById("chart-ended");
  const waits = document.getElementById("chart-waits");
  let plots = [];
  const columns = (history) => [
    [history.at_s, history.good, history.bad],
    [history.at_s, history.p50_ms, history.p95_ms, history.p99_ms],
  ];
  async function draw() {
    const [first, second] = columns(await told());
    section.hidden = false;
    for (const each of plots) each.destroy();
    plots = [
      plot(ended, first, [
        { label: "well", stroke: colour("--ok"), width: 2 },
        { label: "failed", stroke: colour("--broken"), width: 2, dash: [6, 3], fill: colour("--broken-ground") },
      ]),
      plot(waits, second, [
        { label: "p50", stroke: colour("--ok"), width: 2, points: { show: true, size: 5 } },
        { label: "p95", stroke: colour("--doubt"), width: 2, dash: [6, 3], points: { show: true, size: 5 } },
        { label: "p99", stroke: colour("--broken"), width: 2, dash: [2, 3], points: { show: true, size: 5 } },
      ]),
    ];
  }
  async function refresh() {
    if (document.hidden) return;
    try {
      columns(await told()).forEach((data, at) => plots[at].setData(data));
    } catch {
      // The banner says that the gateway is silent.
    }
  }
  await draw().catch(() => {});
  setInterval(refresh, EVERY_MS);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw().catch(() => {}));
  let width = ended.clientWidth;
  addEventListener("resize", () => {
    if (ended.clientWidth === width) return;
    width = ended.clientWidth;
    for (const [at, where] of [ended, waits].entries()) plots[at]?.setSize({ width: where.clientWidth, height: HEIGHT });
  });
}
