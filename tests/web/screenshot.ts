// Makes the README's picture on a running server:
// FLASHPOLL_URL=http://127.0.0.1:8080 npm run screenshot
import { join } from 'node:path';
import { launch, Visitor } from './support/browser.ts';

const url = process.env.FLASHPOLL_URL;
if (!url) throw new Error('FLASHPOLL_URL names a running server');

const question = 'Where do we go on Friday?';
const choices = ['The old harbour', 'Climbing hall', 'Board games at Mia’s', 'Cinema'];
const ballots = [31, 12, 22, 9];

async function post(path: string, body: object): Promise<any> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

const poll = await post('/v1/polls', { question, choices });
for (let round = 0; round < Math.max(...ballots); round += 1) {
  for (const [choice, count] of ballots.entries()) {
    if (round < count) await post(`/v1/polls/${poll.id}/votes`, { choices: [choice] });
  }
  await pause(250 + 400 * Math.abs(Math.sin(round)));
}

const browser = await launch();
const visitor = await Visitor.of(browser, { viewport: { width: 780, height: 900 } });
await visitor.page.goto(url + poll.url);
await visitor.page.getByText(choices[2]).first().click();
await visitor.page.getByRole('button', { name: 'Vote' }).first().click();
await visitor.page.getByText('You voted').first().waitFor();
await pause(1200);
await visitor.page.screenshot({ path: join(import.meta.dirname, 'screenshot.png') });
await visitor.leave();
await browser.close();
