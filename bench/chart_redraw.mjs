/** The browser's side of chart_redraw.py: node bench/chart_redraw.mjs URL TOKEN ours|peer TICKS MINUTES; prints JSON. */
/* global window, PerformanceObserver */
import { readFileSync } from 'node:fs';

import { chromium } from '@playwright/test';

const [url, token, what, ticks, minutes] = process.argv.slice(2);
const POINTS = 600;
const TICK_MS = 1000;
/** The peer's default. */
const PEER_TICK_MS = 100;
/** After a start, a click or a collection. */
const SETTLE_MS = 10_000;
/** How much faster the page's clock goes while an hour passes. */
const QUICK = 20;
const MINUTE_TICKS = 60;
/** When it is counted what lives, in minutes of that clock. */
const AFTER_MIN = [10, 30, 60];

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync']
});
const page = await browser.newPage({ extraHTTPHeaders: { Authorization: `token ${token}` } });
await page.setViewportSize({ width: 1280, height: 1200 });
const session = await page.context().newCDPSession(page);
await session.send('Performance.enable');

/** The process of the page: of all that draw pages, the one that has worked most. */
async function rendererPid() {
  const { processInfo } = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
  const pids = processInfo.filter(one => one.type === 'renderer').map(one => one.id);
  return pids.sort((one, other) => mainThreadMs(other) - mainThreadMs(one))[0];
}

/**
 * CPU time of the main thread so far, as the system counts it: what others do on the machine is not in it, and all
 * that the page does is. Chromium's own sum of tasks leaves out the drawing on canvases, most of a chart's cost.
 */
function mainThreadMs(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** Milliseconds of main-thread work in each of so many seconds. */
async function work(seconds = Number(ticks)) {
  const taken = [];
  let before = mainThreadMs(pid);
  for (let second = 0; second < seconds; second++) {
    await page.waitForTimeout(TICK_MS);
    const now = mainThreadMs(pid);
    taken.push(now - before);
    before = now;
  }
  return taken.sort((one, other) => one - other);
}

const mean = list => list.reduce((sum, one) => sum + one, 0) / list.length;
const quantile = (list, share) => list[Math.min(list.length - 1, Math.floor(share * list.length))];

async function longTasks(run) {
  await page.evaluate(() => (window.longTasks = 0));
  const result = await run();
  return [result, await page.evaluate(() => window.longTasks)];
}

/** Take out what JupyterLab's start, or what was measured before, has left behind: it is not the cost of what follows. */
async function settle() {
  await session.send('HeapProfiler.collectGarbage');
  await page.waitForTimeout(SETTLE_MS);
}

/** What lives in the page after a collection: megabytes, nodes of the document, listeners. */
async function living() {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const of = name => metrics.find(one => one.name === name).value;
  return { heap_mb: of('JSHeapUsedSize') / 1e6, nodes: of('Nodes'), listeners: of('JSEventListeners') };
}

/** Noise: no two values of a line are alike, so that nothing can be spared. */
const rand = seed => Math.abs(Math.sin(seed * 12.9898) * 43758.5453) % 1;
let at = Date.now() / 1000;
let seq = 0;
let requests = 0;

/** What the server would answer: a full history at first, then one sample at a time. */
function answer(real) {
  const count = seq === 0 ? POINTS : 1;
  const samples = Array.from({ length: count }, () => {
    at += 1;
    seq += 1;
    const gpus = real.devices.map(({ uuid }, index) => ({
      ...real.samples.at(-1).gpus[index],
      uuid,
      utilization_percent: Math.round(100 * rand(seq + index * 7)),
      memory_used_bytes: Math.round(8e10 * rand(seq + index * 13)),
      temperature_c: Math.round(30 + 60 * rand(seq + index * 3)),
      power_w: 700 * rand(seq + index * 11),
      clock_sm_mhz: Math.round(1980 * rand(seq + index * 17))
    }));
    return { seq, at_s: at, gpus };
  });
  return { ...real, samples, seq, interval_s: TICK_MS / 1000 };
}

await page.addInitScript(() => {
  const { setTimeout } = window;
  window.quick = 1;
  window.setTimeout = (call, milliseconds, ...args) => setTimeout(call, (milliseconds ?? 0) / window.quick, ...args);
  window.longTasks = 0;
  new PerformanceObserver(list => (window.longTasks += list.getEntries().length)).observe({ type: 'longtask' });
});
await page.goto(`${url}/lab`);
await page.waitForFunction(() => window.jupyterapp !== undefined);
await page.evaluate(() => window.jupyterapp.restored);
const execute = (id, args = {}) =>
  page.evaluate(([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => undefined), [id, args]);
await settle();
const pid = await rendererPid();
const [idle, idleLong] = await longTasks(work);
const figures = { idle_ms_a_second: mean(idle), idle_long_tasks: idleLong };

if (what === 'ours') {
  let real = null;
  page.on('request', request => (requests += request.url().includes('/tfgpu-lab/') ? 1 : 0));
  await page.route('**/tfgpu-lab/gpus*', async route => {
    real ??= await (await route.fetch({ url: `${url}/tfgpu-lab/gpus?since=0` })).json();
    await route.fulfill({ json: answer(real) });
  });
  await execute('tfgpu-lab:open');
  const charts = page.getByRole('region', { name: 'GPU Status' }).getByRole('region', { name: 'Over time' });
  await charts.getByRole('button', { name: '10 min' }).click();
  const boxes = await charts.locator('canvas').all();
  await charts.locator('canvas').last().scrollIntoViewIfNeeded();
  for (const box of await Promise.all(boxes.map(one => one.boundingBox()))) {
    if (box.y < 0 || box.y + box.height > 1200) {
      throw new Error('A chart is out of sight: it would cost nothing.');
    }
  }
  await settle();
  const [taken, long] = await longTasks(work);
  await execute('application:toggle-right-area');
  await settle();
  // What JupyterLab itself takes beside: a start takes more than what comes after it, for a minute.
  const closed = await work();
  await execute('tfgpu-lab:open');
  figures.ms_a_tick = mean(taken) - mean(closed);
  figures.ms_a_tick_median = quantile(taken, 0.5) - quantile(closed, 0.5);
  figures.ms_a_tick_p95 = quantile(taken, 0.95) - quantile(closed, 0.5);
  figures.ms_a_second = figures.ms_a_tick / (TICK_MS / 1000);
  figures.long_tasks = long;
  const others = ['Temperature', 'Power', 'Clock'];
  const toggleOthers = async () => {
    for (const name of others) {
      await charts.getByRole('button', { name }).click();
    }
  };
  await toggleOthers();
  await page.waitForTimeout(3000);
  figures.ms_a_tick_five_charts = mean(await work()) - mean(closed);
  await toggleOthers();
  console.error(JSON.stringify(figures)); // what an hour's failure must not lose

  const began = seq;
  const workBegan = mainThreadMs(pid);
  await page.evaluate(quick => (window.quick = quick), QUICK);
  for (const after of AFTER_MIN.filter(one => one <= minutes)) {
    while (seq - began < after * MINUTE_TICKS) {
      await page.waitForTimeout(500);
    }
    for (const [name, value] of Object.entries(await living())) {
      figures[`${name}_after_${after}_min`] = value;
    }
  }
  await page.evaluate(() => (window.quick = 1));
  if (seq > began) {
    // All of JupyterLab's clocks go faster too: this is not what the charts alone cost.
    figures.ms_a_tick_quick = (mainThreadMs(pid) - workBegan) / (seq - began);
  }

  await execute('application:toggle-right-area');
  await page.waitForTimeout(5000);
  requests = 0;
  figures.closed_ms_a_second = mean(await work()) - mean(idle);
  figures.closed_requests = requests;
} else {
  // The panels that show GPUs: two as bars, and one over time.
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
  const [taken, long] = await longTasks(work);
  figures.ms_a_second = mean(taken) - mean(idle);
  figures.ms_a_tick = figures.ms_a_second / (TICK_MS / PEER_TICK_MS);
  figures.long_tasks = long;
}
if (process.env['SCREENSHOT']) {
  await page.screenshot({ path: process.env['SCREENSHOT'] });
}
await browser.close();
console.log(JSON.stringify(figures)); // eslint-disable-line no-console
