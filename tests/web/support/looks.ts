import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { screenshot } from './browser.ts';
import type { Opened } from './server.ts';
import type { Suite } from './suite.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: { width: 1000, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1000, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true },
};

/** A page and what is done on it before it is looked at. */
export interface Scene {
  path: () => Promise<string>;
  act?: (page: Page) => Promise<void>;
  options?: BrowserContextOptions;
}

export const twenty = Array.from({ length: 20 }, (_unused, index) =>
  `${index + 1}${'Donaudampfschifffahrtsgesellschaft'.repeat(4)}`.slice(0, 120));
const long = 'Which of so very many 🥨 options would you like? ';
export const longQuestion = long.repeat(5).slice(0, 240);

/** A poll with votes. */
export async function voted(
  { site }: Suite, settings: object = {}, ballots = [[0], [0], [1], [2], [0], [1], [0], [0]],
): Promise<Opened> {
  const choices = ['Pizza', 'Sushi', 'Falafel from the place around the corner'];
  const poll = await site().open({ choices, ...settings });
  await site().votes(poll, ballots);
  return poll;
}

/** One test for each scene. */
export function looksRight({ visitor }: Suite, scenes: Record<string, Scene>): void {
  for (const [name, scene] of Object.entries(scenes)) {
    test(`${name}: accessible, fits, in light, dark and at 360 px`, async () => {
      const path = await scene.path();
      for (const [look, options] of Object.entries(looks)) {
        const ann = await visitor(path, { ...options, ...scene.options, reducedMotion: 'reduce' });
        await scene.act?.(ann.page);
        await screenshot(ann.page, `${name}-${look}`);
        const wide = await ann.page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= options.viewport!.width, `${name} is ${wide} px wide in ${look}`);
        if (!scene.options) assert.deepEqual(await violations(ann.page), [], `${name} in ${look}`);
        await ann.context.setOffline(false);
        await ann.leave();
      }
    });
  }
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { run } = (window as unknown as { axe: { run: Run } }).axe;
    type Run = (context: Document, options: object) => Promise<{ violations: Found[] }>;
    type Found = { id: string; nodes: { html: string; failureSummary: string }[] };
    const found = (await run(document, { runOnly: tags })).violations;
    return found.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
  });
}
