import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { screenshot } from './support/browser.ts';
import { saysText, seesCount, suite } from './support/suite.ts';
import type { Opened } from './support/server.ts';

const { site, visitor } = suite();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: { width: 1000, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1000, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true },
};

interface Scene {
  path: () => Promise<string>;
  act?: (page: Page) => Promise<void>;
  options?: BrowserContextOptions;
}

async function voted(settings: object = {}, ballots = [[0], [0], [1], [2], [0], [1], [0], [0]]) {
  const choices = ['Pizza', 'Sushi', 'Falafel from the place around the corner'];
  const poll = await site().open({ choices, ...settings });
  await site().votes(poll, ballots);
  return poll;
}

const inHundredDays = new Date(Date.now() + 100 * 86400000).toISOString();
const twenty = Array.from({ length: 20 }, (_unused, index) =>
  `${index + 1}${'Donaudampfschifffahrtsgesellschaft'.repeat(4)}`.slice(0, 120));
const longQuestion = 'Which of so very many 🥨 options would you like? '.repeat(5).slice(0, 240);

async function vote(page: Page): Promise<void> {
  await page.getByLabel('Pizza').check();
  await page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(page, '.mine', /You voted/);
}

async function closed(poll: Opened): Promise<string> {
  await site().own(poll, '/close');
  return poll.url;
}

const scenes: Record<string, Scene> = {
  open: { path: async () => '/', act: (page) => page.waitForSelector('button.primary').then() },
  'open-errors': {
    path: async () => '/',
    act: async (page) => {
      await page.locator('summary').click();
      await page.getByLabel('Several choices').check();
      await page.getByLabel('Custom').check();
      await page.getByRole('button', { name: 'Open poll' }).click();
      await saysText(page, '#question-error', /at least/);
    },
  },
  opened: {
    path: async () => '/',
    act: async (page) => {
      await page.locator('#question').fill('Lunch today?');
      await page.locator('#choice0').fill('Pizza');
      await page.locator('#choice1').fill('Sushi');
      await page.getByRole('button', { name: 'Open poll' }).click();
      await saysText(page, '.kicker', /is open/);
    },
  },
  vote: { path: async () => (await voted()).url, act: (page) => seesCount(page, 0, '5') },
  voted: {
    path: async () => (await voted({ allow_change: true })).url,
    act: async (page) => {
      await vote(page);
      await page.getByRole('button', { name: 'Receipt' }).click();
    },
  },
  final: { path: async () => closed(await voted()), act: (page) => seesCount(page, 0, '5') },
  withheld: {
    path: async () => (await voted({ results: 'after_close' })).url,
    act: (page) => saysText(page, '.tally', /when the poll closes/),
  },
  scheduled: {
    path: async () => (await site().open({ opens_at: inHundredDays })).url,
    act: (page) => saysText(page, '.state', /Opens in/),
  },
  codes: {
    path: async () => (await site().open({ eligibility: 'codes', max: 2 })).url,
    act: async (page) => {
      await page.getByRole('button', { name: 'Vote', exact: true }).click();
      await saysText(page, '#code-error', /code/);
    },
  },
  replay: {
    path: async () => `${(await voted()).url}?seq=4`,
    act: (page) => saysText(page, '.state', /Replay/),
  },
  audit: {
    path: async () => `${(await voted()).url}#audit`,
    act: (page) => saysText(page, '.entry', /Poll opened/),
  },
  share: {
    path: async () => `${(await voted()).url}#share`,
    act: (page) => page.getByLabel('Link to this poll').waitFor(),
  },
  offline: {
    path: async () => (await voted()).url,
    act: async (page) => {
      await seesCount(page, 0, '5');
      await page.context().setOffline(true);
      await saysText(page, '.state', /Offline/);
    },
  },
  long: {
    path: async () => (await voted({ question: longQuestion, choices: twenty })).url,
    act: (page) => seesCount(page, 0, '5'),
  },
  rtl: {
    path: async () => (await voted({
      question: 'ماذا نأكل اليوم على الغداء؟',
      choices: ['بيتزا مارغريتا', 'سوشي', 'فلافل (طازجة) 3'],
    })).url,
    act: (page) => seesCount(page, 0, '5'),
  },
  'no-script': { path: async () => (await voted()).url, options: { javaScriptEnabled: false } },
  manage: {
    path: async () => (await voted()).manage_url,
    act: async (page) => {
      await page.getByRole('button', { name: 'Remove poll' }).click();
      await seesCount(page, 0, '5');
    },
  },
  'manage-codes': {
    path: async () => (await site().open({ eligibility: 'codes' })).manage_url,
    act: async (page) => {
      await page.getByRole('button', { name: 'Make new codes' }).click();
      await saysText(page, '.codes', /Codes \d+ to \d+/);
    },
  },
  screen: {
    path: async () => `/p/${(await voted()).id}?screen`,
    act: (page) => seesCount(page, 0, '5'),
  },
  'screen-long': {
    path: async () => `/p/${(await voted({ choices: twenty })).id}?screen`,
    act: (page) => seesCount(page, 0, '5'),
  },
  how: { path: async () => '/how' },
  missing: { path: async () => '/p/000000000000' },
  problem: { path: async () => '/problems/already_voted' },
};

for (const [name, scene] of Object.entries(scenes)) {
  test(`${name}: accessible, fits, in light, dark and at 360 px`, async () => {
    const path = await scene.path();
    for (const [look, options] of Object.entries(looks)) {
      const ann = await visitor(path, { ...options, ...scene.options, reducedMotion: 'reduce' });
      await scene.act?.(ann.page);
      await screenshot(ann.page, `${name}-${look}`);
      const wide = await ann.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= options.viewport!.width, `${name} is ${wide} px wide in ${look}`);
      if (!scene.options) assert.deepEqual(await violations(ann.page), [], `${name} in ${look}`);
      await ann.context.setOffline(false);
      await ann.leave();
    }
  });
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { run } = (window as unknown as { axe: { run: Run } }).axe;
    type Run = (context: Document, options: object) => Promise<{ violations: Found[] }>;
    type Found = { id: string; nodes: { html: string; failureSummary: string }[] };
    const found = (await run(document, { runOnly: tags })).violations;
    return found.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
  });
}

test('targets are at least 24 px, also on a phone', async () => {
  const ann = await visitor(`${(await voted()).url}#audit`, looks.phone);
  await saysText(ann.page, '.entry', /Poll opened/);
  const small = await ann.page.evaluate(() => {
    const all = Array.from(document.querySelectorAll('button, input, select, summary, .button'));
    return all.map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(({ element, box }) => `${element.outerHTML.slice(0, 80)} ${box.width}×${box.height}`);
  });
  assert.deepEqual(small, []);
  await ann.leave();
});

test('nothing shifts when the script takes over and results arrive', async () => {
  const poll = await voted();
  const ann = await visitor();
  await ann.page.addInitScript(() => {
    const scope = window as unknown as { shifts: number };
    scope.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        scope.shifts += (entry as unknown as { value: number }).value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await ann.page.goto(site().url + poll.url);
  await seesCount(ann.page, 0, '5');
  await ann.page.getByRole('img', { name: /Votes over time/ }).waitFor();
  await site().votes(poll, [[1], [0]]);
  await seesCount(ann.page, 0, '6');
  const shifts = await ann.page.evaluate(() => (window as unknown as { shifts: number }).shifts);
  assert.ok(shifts < 0.01, `layout shift ${shifts}`);
  await ann.leave();
});

test('a click on Vote is acknowledged within 100 ms', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await ann.page.route('**/votes', async (route) => {
    await new Promise((done) => setTimeout(done, 500));
    await route.continue();
  });
  await ann.page.getByLabel('Pizza').check();
  const waited = await ann.page.evaluate(async () => {
    const button = document.querySelector<HTMLButtonElement>('.ballot .primary')!;
    const start = performance.now();
    button.click();
    while (button.textContent !== 'Sending…' && performance.now() - start < 1000) {
      await new Promise(requestAnimationFrame);
    }
    return performance.now() - start;
  });
  assert.ok(waited <= 100, `${waited} ms`);
  await saysText(ann.page, '.mine', /You voted/);
  await ann.leave();
});

test('at 400 % zoom nothing is cut off', async () => {
  const settings = { question: longQuestion, choices: twenty, eligibility: 'codes' };
  const poll = await site().open(settings);
  for (const path of ['/', '/how', `${poll.url}#audit`, poll.manage_url, `${poll.url}?screen`]) {
    const ann = await visitor(path, { viewport: { width: 320, height: 256 } });
    await ann.page.locator('h1').waitFor();
    const wide = await ann.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${path} is ${wide} px wide`);
    await ann.leave();
  }
});
