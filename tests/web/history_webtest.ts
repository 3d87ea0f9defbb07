import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { saysText, seesCount, suite } from './support/suite.ts';

const { site, visitor } = suite();

async function slide(page: Page, to: string): Promise<void> {
  await page.getByRole('slider', { name: 'Replay' }).fill(to);
}

test('the slider shows the poll as it was, and "now" returns', async () => {
  const poll = await site().open();
  await site().votes(poll, [[0], [1], [0], [0]]);
  const ann = await visitor(poll.url);
  await seesCount(ann.page, 0, '3');
  await slide(ann.page, '2');
  await seesCount(ann.page, 0, '1');
  await saysText(ann.page, '.state', /Replay · as it was/);
  await slide(ann.page, '0');
  await seesCount(ann.page, 1, '0');
  await site().votes(poll, [[1]]);
  await ann.page.getByRole('button', { name: 'Now' }).click();
  await seesCount(ann.page, 1, '2');
  await saysText(ann.page, '.state', /live/);
  await ann.leave();
});

test('a moment is shared as a link', async () => {
  const poll = await site().open();
  await site().votes(poll, [[0], [1], [0], [0]]);
  const ann = await visitor(poll.url);
  await slide(ann.page, '3');
  await seesCount(ann.page, 0, '2');
  await ann.page.getByRole('button', { name: 'Copy link to this moment' }).click();
  await ann.page.waitForURL(/\?seq=3$/);
  const bob = await visitor(`${poll.url}?seq=3`);
  await seesCount(bob.page, 0, '2');
  await seesCount(bob.page, 1, '1');
  await bob.leave();
  await ann.leave();
});

test('a moment in time is shared as a link', async () => {
  const poll = await site().open();
  await site().votes(poll, [[0]]);
  await new Promise((done) => setTimeout(done, 1100));
  const between = new Date().toISOString();
  await new Promise((done) => setTimeout(done, 1100));
  await site().votes(poll, [[0]]);
  const ann = await visitor(`${poll.url}?at=${between}`);
  await seesCount(ann.page, 0, '1');
  await saysText(ann.page, '.state', /Replay/);
  await ann.leave();
});

test('replay plays from the start to the end', async () => {
  const poll = await site().open();
  await site().votes(poll, Array.from({ length: 30 }, (_unused, index) => [index % 2]));
  const ann = await visitor(poll.url);
  await ann.page.getByLabel('Speed').selectOption('20');
  await ann.page.evaluate(() => {
    const tally = document.querySelector('.tally')!;
    const scope = window as unknown as { seen: string[] };
    scope.seen = [];
    const note = () => scope.seen.push(tally.textContent!.split(' ·')[0]);
    new MutationObserver(note).observe(tally, { characterData: true, subtree: true });
  });
  await ann.page.getByRole('button', { name: 'Replay' }).click();
  await ann.page.waitForFunction(() => {
    const { seen } = window as unknown as { seen: string[] };
    return new Set(seen).size > 4 && seen.at(-1) === '30 votes';
  });
  const seen = await ann.page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  const counts = seen.filter((text) => text.includes('vote')).map((text) => parseInt(text) || 0);
  const start = counts.indexOf(0);
  assert.deepEqual(counts.slice(start), counts.slice(start).sort((x, y) => x - y));
  await ann.leave();
});

test('the curve of votes over time is drawn and described', async () => {
  const poll = await site().open();
  await site().votes(poll, [[0], [1], [0]]);
  const ann = await visitor(poll.url);
  await ann.page.getByRole('img', { name: /Votes over time, peak \d+ entr(y|ies) in/ }).waitFor();
  await ann.leave();
});

test('every vote: void ones with their reason, filters, more, lines, export', async () => {
  const poll = await site().open();
  await site().votes(poll, Array.from({ length: 60 }, (_unused, index) => [index % 2]));
  const ann = await visitor(poll.url);
  await ann.page.getByRole('button', { name: /Every vote/ }).click();
  const rows = ann.page.locator('.entry');
  await ann.page.waitForFunction(() => document.querySelectorAll('.entry').length === 50);
  assert.match(await rows.first().innerText(), /^60\b/);
  await ann.page.getByRole('button', { name: 'Show more' }).click();
  await ann.page.waitForFunction(() => document.querySelectorAll('.entry').length === 61);
  await saysText(ann.page, '.entry', /Poll opened/);
  await rows.first().getByRole('button', { name: /Line/ }).click();
  await saysText(ann.page, '.canonical', /^\d{13} \{"type":"vote.cast.v1"/);
  await rows.nth(3).getByRole('button', { name: /Only voter/ }).click();
  await ann.page.waitForFunction(() => document.querySelectorAll('.entry').length === 1);
  await ann.page.getByRole('button', { name: 'Clear filters' }).click();
  await ann.page.getByLabel('Kind').selectOption('poll.closed.v1');
  await saysText(ann.page, '.audit', /No such entries/);
  const href = await ann.page.getByRole('link', { name: 'CSV' }).getAttribute('href');
  assert.equal((await fetch(site().url + href)).status, 200);
  await ann.leave();
});

test('entries that came meanwhile are offered, the list does not move by itself', async () => {
  const poll = await site().open();
  const ann = await visitor(`${poll.url}#audit`);
  await saysText(ann.page, '.as-of', /As of entry 0/);
  const list = ann.page.locator('.entries');
  const top = () => list.evaluate((element) => (element as HTMLElement).offsetTop);
  const before = await top();
  await site().votes(poll, [[0], [1]]);
  const offer = ann.page.getByRole('button', { name: 'Show 2 newer entries' });
  await offer.waitFor();
  assert.equal(await top(), before);
  assert.equal(await ann.page.locator('.entry').count(), 1);
  await offer.click();
  await ann.page.waitForFunction(() => document.querySelectorAll('.entry').length === 3);
  await saysText(ann.page, '.as-of', /As of entry 2/);
  assert.equal(await offer.count(), 0);
  await ann.leave();
});

test('up to which entry the list reads is said once it was read, not before', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  let answer = () => {};
  const held = new Promise<void>((resolve) => { answer = resolve; });
  await ann.page.route('**/entries?*', async (route) => {
    await held;
    await route.continue();
  });
  await ann.page.getByRole('button', { name: /Every vote/ }).click();
  await saysText(ann.page, '.audit', /Reading…/);
  assert.doesNotMatch(await ann.page.locator('.as-of').innerText(), /As of/);
  answer();
  await saysText(ann.page, '.as-of', /As of entry 0/);
  await ann.leave();
});

test('a void entry tells why in plain words', async () => {
  const poll = await site().open({ allow_change: true });
  const ann = await visitor(poll.url);
  const first = await castAs(ann.page, poll.id, { choices: [0] });
  const replaces = (await first.json()).seq;
  await castAs(ann.page, poll.id, { choices: [1], replaces });
  const stale = await castAs(ann.page, poll.id, { choices: [0], replaces });
  assert.equal(stale.status(), 409);
  await site().reads(poll, 2);
  await ann.page.goto(`${site().url}/p/${poll.id}#audit`);
  await saysText(ann.page, '.audit', /replaces entry 1/);
  if (site().isFake) await saysText(ann.page, '.reason', /replaced a vote that no longer stood/);
  await ann.leave();
});

function castAs(page: Page, id: string, ballot: object) {
  const data = { ...ballot, vote_id: crypto.randomUUID() };
  return page.request.post(`${site().url}/v1/polls/${id}/votes`, { data });
}
