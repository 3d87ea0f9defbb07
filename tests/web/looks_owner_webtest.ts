import { looksRight, twenty, voted } from './support/looks.ts';
import { saysText, seesCount, suite } from './support/suite.ts';

/** The pages of who opens and owns a poll, the big screen, and what explains. */
const pages = suite();
const { site } = pages;

looksRight(pages, {
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
  manage: {
    path: async () => (await voted(pages)).manage_url,
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
    path: async () => `/p/${(await voted(pages)).id}?screen`,
    act: (page) => seesCount(page, 0, '5'),
  },
  'screen-long': {
    path: async () => `/p/${(await voted(pages, { choices: twenty })).id}?screen`,
    act: (page) => seesCount(page, 0, '5'),
  },
  how: { path: async () => '/how' },
  missing: { path: async () => '/p/000000000000' },
  problem: { path: async () => '/problems/already_voted' },
});
