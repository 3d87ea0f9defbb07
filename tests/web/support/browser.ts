import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** Debian's Chromium; playwright gives it a fresh user data directory. */
export function launch(): Promise<Browser> {
  const executablePath = places.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('no chromium: apt-get install chromium, or set CHROMIUM');
  return chromium.launch({
    executablePath,
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
}

/** A visitor: an own cookie jar. Errors of a page are collected, CSP violations among them. */
export class Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly errors: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  static async of(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 900, height: 900 }, ...options });
    context.setDefaultTimeout(8000);
    const page = await context.newPage();
    const visitor = new Visitor(context, page);
    page.on('pageerror', (error) => visitor.errors.push(String(error)));
    page.on('console', (line) => {
      const text = line.text();
      if (line.type() === 'error' && !/Failed to load resource|net::/.test(text)) {
        visitor.errors.push(text);
      }
    });
    return visitor;
  }

  async leave(): Promise<void> {
    await this.context.close();
    if (this.errors.length) throw new Error(`errors in the page:\n${this.errors.join('\n')}`);
  }
}

const shots = resolve(
  process.env.FLASHPOLL_SCREENSHOTS ?? join(import.meta.dirname, '../../../build/screenshots'),
);

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
}
