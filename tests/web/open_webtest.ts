import { test } from 'node:test';
import assert from 'node:assert/strict';
import { saysText, suite } from './support/suite.ts';

const { site, visitor } = suite();

test('a poll is opened by keyboard alone', async () => {
  const { page, ...ann } = await opened();
  assert.equal(await focused(page), 'question');
  await page.keyboard.type('Lunch today?');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Pizza');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Sushi');
  assert.equal(await page.locator('.option input').count(), 3);
  for (let tabs = 0; tabs < 12; tabs++) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate(() => document.activeElement?.textContent);
    if (text === 'Open poll') break;
  }
  await page.keyboard.press('Enter');
  await saysText(page, '.kicker', /Your poll is open/);
  await saysText(page, '.warning', /Whoever has this link owns the poll. Keep it./);
  const link = await page.getByLabel('Send this link').inputValue();
  assert.match(link, /^http.*\/p\/lunch-today-[0-9A-Z]{12}$/);
  const manage = await page.getByLabel('Only for you').inputValue();
  assert.match(manage, /\/manage\/lunch-today-[0-9A-Z]{12}#[\w-]{43}$/);
  await page.getByRole('link', { name: 'Vote first' }).click();
  await saysText(page, 'h1', /Lunch today/);
  await ann.visitor.leave();
});

async function opened() {
  const ann = await visitor('/');
  await ann.page.waitForSelector('button.primary');
  return { visitor: ann, page: ann.page };
}

function focused(page: { evaluate: (run: () => string) => Promise<string> }) {
  return page.evaluate(() => document.activeElement?.id ?? '');
}

test('several pasted lines become several choices', async () => {
  const { page, visitor: ann } = await opened();
  await page.locator('#choice0').evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text', 'Red\n  Green \r\n\nBlue');
    field.dispatchEvent(new ClipboardEvent('paste', {
      clipboardData, bubbles: true, cancelable: true,
    }));
  });
  await page.waitForFunction(() => document.querySelectorAll('.option input').length === 4);
  const values = await page.locator('.option input').evaluateAll(
    (fields) => fields.map((field) => (field as HTMLInputElement).value),
  );
  assert.deepEqual(values, ['Red', 'Green', 'Blue', '']);
  await page.getByRole('button', { name: 'Remove choice 2' }).click();
  assert.equal(await page.locator('#choice1').inputValue(), 'Blue');
  await ann.leave();
});

test('all errors stand beside their fields, the first is focused', async () => {
  const { page, visitor: ann } = await opened();
  await page.locator('#choice0').fill('Same');
  await page.locator('#choice1').fill('Same ');
  await page.getByRole('button', { name: 'Open poll' }).click();
  await saysText(page, '#question-error', /at least 5 characters/);
  await saysText(page, '#choice1-error', /there twice/);
  await page.waitForFunction(() => document.activeElement?.id === 'question');
  await ann.leave();
});

test('a refusal of the server stands beside its field', async () => {
  const { page, visitor: ann } = await opened();
  await page.route('**/v1/polls', (route) => route.fulfill({
    status: 422,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      code: 'invalid', detail: 'invalid', errors: [{ pointer: '/choices/1', detail: 'Not this.' }],
    }),
  }));
  await page.locator('#question').fill('Lunch today?');
  await page.locator('#choice0').fill('Pizza');
  await page.locator('#choice1').fill('Sushi');
  await page.getByRole('button', { name: 'Open poll' }).click();
  await saysText(page, '#choice1-error', /Not this/);
  await page.waitForFunction(() => document.activeElement?.id === 'choice1');
  await ann.leave();
});

test('an opening whose answer is lost opens one poll', async () => {
  const { page, visitor: ann } = await opened();
  const keys: string[] = [];
  await page.route('**/v1/polls', async (route) => {
    keys.push(route.request().headers()['idempotency-key']!);
    if (keys.length === 1) await route.fetch();
    return keys.length === 1 ? route.abort() : route.continue();
  });
  await page.locator('#question').fill('Lunch today?');
  await page.locator('#choice0').fill('Pizza');
  await page.locator('#choice1').fill('Sushi');
  await page.getByRole('button', { name: 'Open poll' }).click();
  await saysText(page, '.kicker', /Your poll is open/);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  await ann.leave();
});

test('the folded options reach the poll', async () => {
  const { page, visitor: ann } = await opened();
  await page.locator('#question').fill('Which days suit you?');
  for (const [index, day] of ['Mon', 'Tue', 'Wed'].entries()) {
    await page.locator(`#choice${index}`).fill(day);
  }
  await page.getByLabel('1 day').check();
  await page.locator('summary').click();
  await page.getByLabel('Several choices').check();
  await page.getByLabel('At most').selectOption('2');
  await page.getByLabel('Show results').selectOption('after_close');
  await page.getByLabel('Allow changes').check();
  await page.getByRole('button', { name: 'Open poll' }).click();
  const link = await page.getByLabel('Send this link').inputValue();
  const poll = await (await fetch(`${site().url}/v1/polls/${link.slice(-12)}`)).json();
  assert.equal(poll.max, 2);
  assert.equal(poll.results, 'after_close');
  assert.equal(poll.allow_change, true);
  const left = Date.parse(poll.closes_at) - Date.now();
  assert.ok(left > 86300000 && left <= 86400000, String(left));
  await ann.leave();
});
