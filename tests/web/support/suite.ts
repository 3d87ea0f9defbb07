import { after, before } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { Visitor, launch } from './browser.ts';
import { Site } from './server.ts';

/** One browser and one site for the tests of a file. */
export function suite() {
  let browser: Browser;
  let site: Site;
  before(async () => {
    site = await Site.start();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    site?.stop();
  });
  return {
    site: () => site,
    async visitor(path = '', options: BrowserContextOptions = {}): Promise<Visitor> {
      const visitor = await Visitor.of(browser, options);
      if (path) await visitor.page.goto(new URL(path, site.url).toString());
      return visitor;
    },
  };
}

export type Suite = ReturnType<typeof suite>;

/** Waits, bounded, until the poll page says this count for a choice. */
export async function seesCount(page: Page, choice: number, count: string): Promise<void> {
  await page.waitForFunction(
    ([index, wanted]) => document.querySelector(`#n${index} .count`)?.textContent === wanted,
    [String(choice), count],
  );
}

export async function saysText(page: Page, selector: string, text: RegExp): Promise<void> {
  await page.waitForFunction(
    ([css, source]) => Array.from(document.querySelectorAll(css))
      .some((element) => new RegExp(source, 'i').test(element.textContent ?? '')),
    [selector, text.source],
  ).catch(async () => {
    assert.match(await page.locator('body').innerText(), text);
  });
}

export async function barWidth(page: Page, choice: number): Promise<number> {
  const bar = page.locator('.fill').nth(choice);
  return bar.evaluate((element) => element.getBoundingClientRect().width);
}
