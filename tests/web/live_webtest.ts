import { test } from 'node:test';
import assert from 'node:assert/strict';
import { saysText, seesCount, suite } from './support/suite.ts';

const { site, visitor } = suite();

test('the owner closes and the page turns final', async () => {
  const poll = await site().open();
  await site().votes(poll, [[0], [1], [0]]);
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.state', /live · closes in \d+:\d\d/);
  await site().own(poll, '/close');
  await saysText(ann.page, '.state', /Closed · final result/);
  await saysText(ann.page, '.mine', /Voting has ended/);
  assert.equal(await ann.page.locator('input[name=choice]').count(), 0);
  await ann.leave();
  const late = await visitor(poll.url);
  await saysText(late.page, '.state', /Closed · final result/);
  await seesCount(late.page, 0, '2');
  await late.leave();
});

test('the owner extends and the countdown follows', async () => {
  const poll = await site().open({ closes_in: 600 });
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.state', /closes in (9:|10:|09:)/);
  await site().own(poll, '/extend', { by: 3600 });
  await saysText(ann.page, '.state', /closes in 1:/);
  await ann.leave();
});

test('hidden by its owner while somebody watches', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.state', /live/);
  await site().own(poll, '', {}, 'DELETE');
  await saysText(ann.page, 'h1', /was removed/);
  await ann.leave();
  const late = await visitor(poll.url);
  await saysText(late.page, 'h1', /was removed/);
  await late.leave();
  const stranger = await visitor('/p/000000000000');
  await saysText(stranger.page, 'h1', /No poll here/);
  await stranger.leave();
});

test('a poll that has not opened yet counts down, then takes votes', async () => {
  const opens_at = new Date(Date.now() + 4000).toISOString();
  const poll = await site().open({ opens_at, closes_in: 600 });
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.state', /Opens in 00:0/);
  await ann.page.getByLabel('Pizza').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.mine', /You voted Pizza/);
  await ann.leave();
});

test('a poll that expires says so, and then the final result', async () => {
  const poll = await site().open({ closes_in: 10 });
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.state', /closes in 00:0/);
  await ann.page.waitForFunction(
    () => /Closed · final/.test(document.querySelector('.state')?.textContent ?? ''),
    undefined, { timeout: 15000 },
  );
  await ann.leave();
});

test('results after closing stay hidden until then', async () => {
  const poll = await site().open({ results: 'after_close' });
  await site().votes(poll, [[0], [1]]);
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.tally', /2 votes · Results are shown when the poll closes/);
  assert.equal(await ann.page.locator('.count').count(), 0);
  await site().own(poll, '/close');
  await seesCount(ann.page, 0, '1');
  await ann.leave();
});

test('results after voting come with the own vote', async () => {
  const poll = await site().open({ results: 'after_vote' });
  await site().votes(poll, [[0], [1]]);
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.tally', /once you have voted/);
  await ann.page.getByLabel('Pizza').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await seesCount(ann.page, 0, '2');
  await site().votes(poll, [[1]]);
  await seesCount(ann.page, 1, '2');
  await ann.leave();
});

test('moving content can be paused', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await site().votes(poll, [[0]]);
  await seesCount(ann.page, 0, '1');
  await ann.page.getByRole('button', { name: 'Pause' }).click();
  await saysText(ann.page, '.state', /Paused · showing \d\d:\d\d:\d\d/);
  const watcher = await visitor(poll.url);
  await site().votes(poll, [[0]]);
  await seesCount(watcher.page, 0, '2');
  assert.equal(await ann.page.locator('#n0 .count').innerText(), '1');
  await ann.page.getByRole('button', { name: 'Resume' }).click();
  await seesCount(ann.page, 0, '2');
  await watcher.leave();
  await ann.leave();
});

test('offline says so, and comes back by itself', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await saysText(ann.page, '.state', /live/);
  await ann.context.setOffline(true);
  await saysText(ann.page, '.state', /Offline · showing \d\d:\d\d:\d\d/);
  const watcher = await visitor(poll.url);
  await site().votes(poll, [[1]]);
  await seesCount(watcher.page, 1, '1');
  await watcher.leave();
  // Chromium set offline leaves an open stream alone: the vote may still arrive.
  assert.match(await ann.page.locator('.state').innerText(), /Offline/);
  await ann.context.setOffline(false);
  await seesCount(ann.page, 1, '1');
  await saysText(ann.page, '.state', /live/);
  await ann.leave();
});

test('the stream resumes after a restart of the server', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await site().votes(poll, [[0]]);
  await seesCount(ann.page, 0, '1');
  const said = saysText(ann.page, '.state', /Reconnecting · showing/);
  await site().restart(3000);
  await said;
  await site().votes(poll, [[1], [0]]);
  await ann.page.waitForFunction(
    () => document.querySelector('#n0 .count')?.textContent === '2', undefined, { timeout: 20000 },
  );
  await saysText(ann.page, '.state', /live/);
  await ann.leave();
});

test('the result is announced politely, at most every five seconds', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await site().votes(poll, [[0], [1], [0]]);
  const region = '[role=status]';
  await saysText(ann.page, region, /Pizza 2, Sushi 1/);
  assert.equal(await ann.page.locator('[aria-live=polite], [role=status]').count(), 1);
  await ann.leave();
});

test('a lower seq is dropped, an equal one may change the end', async () => {
  const poll = await site().open();
  await site().votes(poll, [[0]]);
  const ann = await visitor();
  const frame = (seq: number, votes: number[], minutes: number) => {
    const closes_at = new Date(Date.now() + minutes * 60000).toISOString();
    const at = new Date().toISOString();
    const voters = votes[0] + votes[1];
    const rest = { at, status: 'open', final: false, closes_at, voters, votes };
    const data = JSON.stringify({ poll: poll.id, seq, ...rest });
    return `id: ${seq}\nevent: results\ndata: ${data}\n\n`;
  };
  await ann.page.route('**/stream*', (route) => route.fulfill({
    contentType: 'text/event-stream',
    body: 'retry: 60000\n\n' + frame(9, [7, 2], 30) + frame(8, [6, 2], 30) + frame(9, [7, 2], 90),
  }));
  await ann.page.goto(site().url + poll.url);
  await seesCount(ann.page, 0, '7');
  await ann.page.unrouteAll();
  await ann.page.getByRole('slider').waitFor();
  assert.equal(await ann.page.locator('#n0 .count').innerText(), '7');
  await ann.page.reload();
  await seesCount(ann.page, 0, '1');
  await ann.leave();
});

test('after voting by keyboard the focus stands on the answer', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  assert.notEqual(await ann.page.evaluate(() => document.activeElement?.className), 'mine');
  await ann.page.getByLabel('Pizza').focus();
  await ann.page.keyboard.press('Space');
  await ann.page.keyboard.press('Tab');
  await ann.page.keyboard.press('Enter');
  await saysText(ann.page, '.mine', /You voted/);
  await ann.page.waitForFunction(() => document.activeElement?.className === 'mine');
  await ann.leave();
});
