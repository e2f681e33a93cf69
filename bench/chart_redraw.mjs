/** The browser's side of chart_redraw.py: node bench/chart_redraw.mjs URL TOKEN ours|peer TICKS; prints JSON. */
/* global window, PerformanceObserver */
import { chromium } from '@playwright/test';

const [url, token, what, ticks] = process.argv.slice(2);
const POINTS = 600;
const TICK_MS = 1000;
/** The peer's default. */
const PEER_TICK_MS = 100;
const HOUR_S = 3600;
/** Samples in each answer while an hour passes quickly. */
const QUICK = 6;

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
});
const page = await browser.newPage({ extraHTTPHeaders: { Authorization: `token ${token}` } });
await page.setViewportSize({ width: 1280, height: 1000 });
const session = await page.context().newCDPSession(page);
// CPU time of the thread: what others do on the machine does not count.
await session.send('Performance.enable', { timeDomain: 'threadTicks' });

/** Seconds that the main thread has worked, and megabytes of live objects when asked to collect first. */
async function metric(name) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(one => one.name === name).value;
}

async function heapMb() {
  await session.send('HeapProfiler.collectGarbage');
  return (await metric('JSHeapUsedSize')) / 1e6;
}

/** Milliseconds of main-thread work in a window. */
async function workMs(milliseconds) {
  const before = await metric('TaskDuration');
  await page.waitForTimeout(milliseconds);
  return ((await metric('TaskDuration')) - before) * 1000;
}

const rand = seed => Math.abs(Math.sin(seed * 12.9898) * 43758.5453) % 1;
let at = Date.now() / 1000;
let seq = 0;
let samplesATick = 1;
let intervalS = TICK_MS / 1000;

/** What the server would answer: a full history at first, then what is new. */
function answer(real) {
  const count = seq === 0 ? POINTS : samplesATick;
  const samples = Array.from({ length: count }, () => {
    at += 1;
    seq += 1;
    const gpus = real.devices.map(({ uuid }, index) => ({
      ...real.samples.at(-1).gpus[index],
      uuid,
      utilization_percent: Math.round(100 * rand(seq + index * 7)),
      memory_used_bytes: Math.round(8e10 * rand(seq + index * 13))
    }));
    return { seq, at_s: at, gpus };
  });
  return { ...real, samples, seq, interval_s: intervalS };
}

await page.goto(`${url}/lab`);
await page.waitForFunction(() => window.jupyterapp !== undefined);
await page.evaluate(() => window.jupyterapp.restored);
const execute = (id, args = {}) =>
  page.evaluate(([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => undefined), [id, args]);
await page.evaluate(() => {
  window.longTasks = 0;
  new PerformanceObserver(list => (window.longTasks += list.getEntries().length)).observe({ type: 'longtask' });
});
await page.waitForTimeout(5000);
const window_ms = ticks * TICK_MS;
const idle = await workMs(window_ms);

const figures = {};
if (what === 'ours') {
  let real = null;
  await page.route('**/tfgpu-lab/gpus*', async route => {
    real ??= await (await route.fetch({ url: `${url}/tfgpu-lab/gpus?since=0` })).json();
    await route.fulfill({ json: answer(real) });
  });
  await execute('tfgpu-lab:open');
  const charts = page.getByRole('region', { name: 'GPU Status' }).getByRole('region', { name: 'Over time' });
  await charts.getByRole('button', { name: '10 min' }).click();
  await page.waitForTimeout(5000);
  await page.evaluate(() => (window.longTasks = 0));
  figures.ms_a_tick = (await workMs(window_ms)) / ticks - idle / ticks;
  figures.ms_a_second = figures.ms_a_tick / (TICK_MS / 1000);
  figures.long_tasks = await page.evaluate(() => window.longTasks);
  for (const name of ['Temperature', 'Power', 'Clock']) {
    await charts.getByRole('button', { name }).click();
  }
  await page.waitForTimeout(3000);
  figures.ms_a_tick_with_all_five_charts = (await workMs(window_ms)) / ticks - idle / ticks;
  for (const name of ['Temperature', 'Power', 'Clock']) {
    await charts.getByRole('button', { name }).click();
  }

  console.error(JSON.stringify(figures)); // what an hour's failure must not lose
  // An hour, quickly: ten answers a second, six samples each.
  samplesATick = QUICK;
  intervalS = 0.1;
  const began = at;
  const until = seconds =>
    page
      .waitForFunction(() => true)
      .then(async () => {
        while (at - began < seconds) {
          await page.waitForTimeout(500);
        }
      });
  await until(600);
  figures.heap_mb_after_ten_minutes = await heapMb();
  await until(HOUR_S);
  figures.heap_mb_after_an_hour = await heapMb();
} else {
  // The panels that show GPUs; the one over time shows one line a value of all GPUs together.
  await page.getByRole('tab', { name: /GPU/i }).first().click();
  await page.waitForTimeout(3000);
  const widgets = ['gpu-utilization-widget', 'gpu-memory-widget', 'gpu-resource-widget'];
  for (const id of widgets) {
    await execute('gpu-dashboard-widget:open', { id, title: id });
  }
  // All in view at once, as ours are.
  await page.evaluate(ids => {
    const { shell } = window.jupyterapp;
    const found = [...shell.widgets('main')].filter(widget => ids.includes(widget.id));
    found.slice(1).forEach(widget => shell.add(widget, 'main', { mode: 'split-right', ref: found[0].id }));
  }, widgets);
  await page.waitForTimeout(POINTS * PEER_TICK_MS + 5000);
  await page.evaluate(() => (window.longTasks = 0));
  const redraws = window_ms / PEER_TICK_MS;
  const work = (await workMs(window_ms)) - idle;
  figures.ms_a_tick = work / redraws;
  figures.ms_a_second = (work / window_ms) * 1000;
  figures.long_tasks = await page.evaluate(() => window.longTasks);
}
figures.idle_ms_a_second = (idle / window_ms) * 1000;
await browser.close();
console.log(JSON.stringify(figures)); // eslint-disable-line no-console
