import { test } from 'node:test';
import assert from 'node:assert/strict';
import { saysText, seesCount, suite } from './support/suite.ts';

const { site, visitor } = suite();

test('the owner extends, then closes; it asks once', async () => {
  const poll = await site().open({ closes_in: 600 });
  const ann = await visitor(poll.manage_url);
  await ann.page.getByRole('button', { name: '+1 hour' }).click();
  await saysText(ann.page, '.notice', /stays open/);
  await saysText(ann.page, '.state', /closes in 1:/);
  const watcher = await visitor(poll.url);
  await ann.page.getByRole('button', { name: 'Close now' }).click();
  await saysText(ann.page, '.asking', /Close for good/);
  await ann.page.getByRole('button', { name: 'Close the poll' }).click();
  await saysText(ann.page, '.notice', /The result is final/);
  for (const { page } of [ann, watcher]) await saysText(page, '.state', /final result/);
  await watcher.leave();
  await ann.leave();
});

test('the key stays out of every address and is sent as a header', async () => {
  const poll = await site().open();
  const ann = await visitor();
  const urls: string[] = [];
  let header = '';
  ann.page.on('request', (request) => {
    urls.push(request.url());
    if (request.method() === 'POST') header = request.headers()['authorization'] ?? '';
  });
  await ann.page.goto(site().url + poll.manage_url);
  await ann.page.getByRole('button', { name: '+10 min' }).click();
  await saysText(ann.page, '.notice', /stays open/);
  assert.equal(header, `Bearer ${poll.manage_token}`);
  const sent = urls.map((url) => url.split('#')[0]!);
  assert.ok(sent.length > 2);
  assert.ok(sent.every((url) => !url.includes(poll.manage_token)));
  await ann.leave();
});

test('without the key the page asks for the whole link', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.manage_url.split('#')[0]);
  await saysText(ann.page, 'h2', /manage link is needed/);
  await ann.page.getByLabel('Manage link').fill(site().url + poll.manage_url);
  await ann.page.getByRole('button', { name: 'Close now' }).waitFor();
  await ann.leave();
});

test('a key of another poll is refused in words', async () => {
  const [poll, other] = [await site().open(), await site().open()];
  const ann = await visitor(`${poll.manage_url.split('#')[0]}#${other.manage_token}`);
  await ann.page.getByRole('button', { name: '+10 min' }).click();
  await saysText(ann.page, '.notice', /does not belong to this poll/);
  await ann.leave();
});

test('removing asks twice', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.manage_url);
  await ann.page.getByRole('button', { name: 'Remove poll' }).click();
  await saysText(ann.page, '.asking', /Remove this poll/);
  await ann.page.getByRole('button', { name: 'Yes, remove' }).click();
  await saysText(ann.page, '.asking', /Really/);
  assert.equal((await fetch(`${site().url}/v1/polls/${poll.id}`)).status, 200);
  await ann.page.getByRole('button', { name: 'Yes, remove' }).click();
  await saysText(ann.page, 'h1', /was removed/);
  // The read side may still be behind the answer that the page has.
  const removed = await fetch(`${site().url}/v1/polls/${poll.id}/results?min_seq=1`);
  assert.equal(removed.status, 410);
  assert.equal((await fetch(`${site().url}/v1/polls/${poll.id}`)).status, 410);
  await ann.leave();
});

test('codes are made, shown again and stand on a printed sheet', async () => {
  const poll = await site().open({ eligibility: 'codes' });
  const ann = await visitor(poll.manage_url);
  await ann.page.getByLabel('How many').fill('12');
  await ann.page.getByRole('button', { name: 'Make new codes' }).click();
  await saysText(ann.page, '.codes', /Codes 1 to 12/);
  const codes = await ann.page.locator('.sheet code').allInnerTexts();
  assert.equal(new Set(codes).size, 12);
  assert.match(codes[0]!, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
  await ann.page.emulateMedia({ media: 'print' });
  assert.equal(await ann.page.locator('.sheet li').first().isVisible(), true);
  assert.equal(await ann.page.getByRole('button', { name: 'Remove poll' }).isVisible(), false);
  await ann.page.emulateMedia({ media: 'screen' });
  await ann.page.reload();
  await ann.page.getByRole('button', { name: 'Show earlier ones' }).click();
  await saysText(ann.page, '.sheet', new RegExp(codes[11]!));
  const bob = await visitor(poll.url);
  await bob.page.getByLabel('Pizza').check();
  await bob.page.getByLabel('Your one-time code').fill(codes[0]!);
  await bob.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(bob.page, '.mine', /You voted Pizza/);
  await bob.leave();
  await ann.leave();
});

test('the big screen moves with the votes', async () => {
  const poll = await site().open();
  const ann = await visitor(`/p/${poll.id}?screen`, { viewport: { width: 1920, height: 1080 } });
  await site().votes(poll, [[1], [1]]);
  await seesCount(ann.page, 1, '2');
  const size = await ann.page.locator('.choice .name').first().evaluate(
    (element) => parseFloat(getComputedStyle(element).fontSize),
  );
  assert.ok(size >= 40, `${size} px is too small for ten metres`);
  await saysText(ann.page, '.join', new RegExp(`/p/${poll.id}$`));
  await ann.leave();
});
