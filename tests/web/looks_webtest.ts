import type { Page } from 'playwright-core';
import { looksRight, longQuestion, twenty, voted } from './support/looks.ts';
import { saysText, seesCount, suite } from './support/suite.ts';
import type { Opened } from './support/server.ts';

const pages = suite();
const { site } = pages;
const inHundredDays = new Date(Date.now() + 100 * 86400000).toISOString();

async function vote(page: Page): Promise<void> {
  await page.getByLabel('Pizza').check();
  await page.getByRole('button', { name: 'Vote', exact: true }).click();
  await saysText(page, '.mine', /You voted/);
}

async function closed(poll: Opened): Promise<string> {
  await site().own(poll, '/close');
  return poll.url;
}

looksRight(pages, {
  vote: { path: async () => (await voted(pages)).url, act: (page) => seesCount(page, 0, '5') },
  voted: {
    path: async () => (await voted(pages, { allow_change: true })).url,
    act: async (page) => {
      await vote(page);
      await page.getByRole('button', { name: 'Receipt' }).click();
    },
  },
  final: { path: async () => closed(await voted(pages)), act: (page) => seesCount(page, 0, '5') },
  withheld: {
    path: async () => (await voted(pages, { results: 'after_close' })).url,
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
    path: async () => `${(await voted(pages)).url}?seq=4`,
    act: (page) => saysText(page, '.state', /Replay/),
  },
  audit: {
    path: async () => `${(await voted(pages)).url}#audit`,
    act: (page) => saysText(page, '.entry', /Poll opened/),
  },
  share: {
    path: async () => `${(await voted(pages)).url}#share`,
    act: (page) => page.getByLabel('Link to this poll').waitFor(),
  },
  offline: {
    path: async () => (await voted(pages)).url,
    act: async (page) => {
      await seesCount(page, 0, '5');
      await page.context().setOffline(true);
      await saysText(page, '.state', /Offline/);
    },
  },
  long: {
    path: async () => (await voted(pages, { question: longQuestion, choices: twenty })).url,
    act: (page) => seesCount(page, 0, '5'),
  },
  rtl: {
    path: async () => (await voted(pages, {
      question: 'ماذا نأكل اليوم على الغداء؟',
      choices: ['بيتزا مارغريتا', 'سوشي', 'فلافل (طازجة) 3'],
    })).url,
    act: (page) => seesCount(page, 0, '5'),
  },
  'no-script': {
    path: async () => (await voted(pages)).url,
    options: { javaScriptEnabled: false },
  },
});
