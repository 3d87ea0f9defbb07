import { test } from 'node:test';
import assert from 'node:assert/strict';
import { barWidth, saysText, seesCount, suite } from './support/suite.ts';

const { site, visitor } = suite();

test('two visitors vote and both see the bars move without a reload', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  const bob = await visitor(poll.url);
  await ann.page.getByLabel('Pizza').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.mine', /You voted Pizza · entry 1/);
  await seesCount(bob.page, 0, '1');
  await bob.page.waitForFunction((least) => {
    const bar = document.querySelector('.bar')!.getBoundingClientRect().width;
    return document.querySelector('.fill')!.getBoundingClientRect().width > least * bar;
  }, 0.98);
  await bob.page.getByLabel('Sushi').check();
  await bob.page.getByRole('button', { name: 'Vote', exact: true }).click();
  for (const { page } of [ann, bob]) {
    await seesCount(page, 1, '1');
    await saysText(page, '#n0 .share', /50/);
    await saysText(page, '.tally', /2 votes/);
  }
  await bob.page.waitForFunction((most) => {
    const bar = document.querySelector('.bar')!.getBoundingClientRect().width;
    return document.querySelector('.fill')!.getBoundingClientRect().width < most * bar;
  }, 0.52);
  await ann.leave();
  await bob.leave();
});

test('voting again is told "already voted" with the standing ballot', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  const second = await ann.context.newPage();
  await second.goto(site().url + poll.url);
  await second.getByLabel('Sushi').check();
  await ann.page.getByLabel('Pizza').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.mine', /You voted Pizza/);
  await second.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(second, '.notice', /already voted/);
  await saysText(second, '.mine', /You voted Pizza · entry 1/);
  await second.reload();
  await saysText(second, '.mine', /You voted Pizza · entry 1/);
  assert.equal(await second.locator('input[name=choice]').count(), 0);
  await ann.leave();
});

test('the receipt is one click away', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await ann.page.getByLabel('Pizza').check();
  await ann.page.keyboard.press('Enter');
  await ann.page.getByRole('button', { name: 'Receipt' }).click();
  const receipt = await ann.page.locator('.receipt').innerText();
  assert.match(receipt, /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/);
  await ann.leave();
});

test('a vote is changed and taken back where the poll allows it', async () => {
  const poll = await site().open({ allow_change: true });
  const ann = await visitor(poll.url);
  const { page } = ann;
  await page.getByLabel('Pizza').check();
  await page.getByRole('button', { name: 'Vote', exact: true }).click();
  await page.getByRole('button', { name: 'Change' }).click();
  assert.equal(await page.getByLabel('Pizza').isChecked(), true);
  await page.getByLabel('Sushi').check();
  await page.getByRole('button', { name: 'Save change' }).click();
  await saysText(page, '.mine', /You voted Sushi · entry 2/);
  await seesCount(page, 0, '0');
  await seesCount(page, 1, '1');
  await page.getByRole('button', { name: 'Take back' }).click();
  await saysText(page, '.notice', /taken back/);
  await seesCount(page, 1, '0');
  await page.reload();
  await page.getByLabel('Pizza').check();
  await page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(page, '.mine', /You voted Pizza · entry 4/);
  await ann.leave();
});

test('several choices: as many as the poll allows', async () => {
  const poll = await site().open({ choices: ['Red', 'Green', 'Blue'], max: 2 });
  const ann = await visitor(poll.url);
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.notice', /pick up to 2/);
  for (const name of ['Red', 'Green', 'Blue']) await ann.page.getByLabel(name).check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await ann.page.getByLabel('Green').uncheck();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.mine', /You voted Red, Blue/);
  await ann.leave();
});

test('the vote works without JavaScript', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url, { javaScriptEnabled: false });
  await ann.page.getByLabel('Sushi').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await ann.page.waitForURL(/notice=voted/);
  assert.match(await ann.page.locator('.notice').innerText(), /Your vote is counted/);
  assert.match(await ann.page.locator('.mine').innerText(), /You voted Sushi · entry 1/);
  assert.equal(await ann.page.locator('#n1 .count').innerText(), '1');
  assert.ok(await barWidth(ann.page, 1) > 100);
  await ann.leave();
});

test('a first ballot by form is refused the second time, in words', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url, { javaScriptEnabled: false });
  const late = await ann.context.newPage();
  await late.goto(site().url + poll.url);
  await ann.page.getByLabel('Sushi').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await late.getByLabel('Pizza').check();
  await late.getByRole('button', { name: 'Vote', exact: true }).click();
  await late.waitForURL(/notice=already_voted/);
  assert.match(await late.locator('.notice').innerText(), /already voted/);
  await ann.leave();
});

test('a busy server and a lost answer: retried by itself, counted once', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  const ids: string[] = [];
  await ann.page.route('**/votes', async (route) => {
    ids.push(route.request().postDataJSON().vote_id);
    if (ids.length === 1) return route.fulfill({ status: 503, json: { code: 'overloaded' } });
    if (ids.length > 2) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await ann.page.getByLabel('Pizza').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.notice', /never counts twice/);
  await saysText(ann.page, '.mine', /You voted Pizza · entry 1/);
  await saysText(ann.page, '.tally', /1 vote /);
  assert.equal(ids.length, 3);
  assert.equal(new Set(ids).size, 1);
  await ann.leave();
});

test('a vote on its way survives a reload', async () => {
  const poll = await site().open();
  const ann = await visitor(poll.url);
  await ann.page.route('**/votes', (route) => route.abort());
  await ann.page.getByLabel('Sushi').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.notice', /No connection/);
  await ann.page.unroute('**/votes');
  await ann.page.reload();
  await saysText(ann.page, '.mine', /You voted Sushi · entry 1/);
  await ann.leave();
});

test('a code votes once, from a link with the code in its fragment', async () => {
  const poll = await site().open({ eligibility: 'codes' });
  const { codes } = await site().own(poll, '/codes', { count: 2 }) as { codes: string[] };
  const ann = await visitor(`${poll.url}#code=${codes[0]}`);
  await ann.page.getByLabel('Pizza').check();
  await ann.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(ann.page, '.mine', /You voted Pizza/);
  assert.ok(!ann.page.url().includes(codes[0]));
  await ann.leave();
  const bob = await visitor(poll.url);
  await bob.page.getByLabel('Sushi').check();
  await bob.page.getByLabel('Your one-time code').fill('0000000000000000');
  await bob.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(bob.page, '#code-error', /not valid/);
  await bob.page.getByLabel('Your one-time code').fill(codes[0]);
  await bob.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(bob.page, '.mine', /You voted Pizza/);
  await bob.leave();
});
