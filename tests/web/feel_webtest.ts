import { test } from 'node:test';
import assert from 'node:assert/strict';
import { looks, longQuestion, twenty, voted } from './support/looks.ts';
import { saysText, seesCount, suite } from './support/suite.ts';

const pages = suite();
const { site, visitor } = pages;

test('targets are at least 24 px, also on a phone', async () => {
  const ann = await visitor(`${(await voted(pages)).url}#audit`, looks.phone);
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
  const poll = await voted(pages);
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
