import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { FakePoll, iso, receiptOf } from './poll.ts';
import { pollBody, resultsBody, withheld } from './views.ts';

/** Fills the built templates as `query/web/pages/README.md` asks of the server. */

export const out = resolve(
  process.env.FLASHPOLL_WEB_OUT ?? join(import.meta.dirname, '../../../query/web/dist'),
);
const words = JSON.parse(readFileSync(join(out, 'pages/words.json'), 'utf8'));

type Values = Record<string, string>;

export function fill(template: string, values: Values, fragments: Values = {}): string {
  const text = readFileSync(join(out, 'pages', `${template}.html`), 'utf8');
  return text
    .replace(/\{\{\{(\w+)\}\}\}/g, (_match, name: string) => taken(fragments, name))
    .replace(/\{\{(\w+)\}\}/g, (_match, name: string) => escape(taken(values, name)));
}

function taken(values: Values, name: string): string {
  const value = values[name];
  if (value === undefined) throw new Error(`nothing given for ${name}`);
  return value;
}

export function escape(text: string): string {
  const names: Values = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

export function message(name: string): string {
  return fill('message', words.messages[name]);
}

export function openPage(): string {
  return fill('open', {});
}

export function managePage(poll: FakePoll, base: string): string {
  return fill('manage', shared(poll), { state: stateOf(poll, null, base) });
}

function shared(poll: FakePoll): Values {
  const status = poll.status();
  const edge = status === 'scheduled' ? poll.settings.opens_at! : poll.settings.closes_at;
  const time = iso(edge).slice(0, 16).replace('T', ' ') + ' UTC';
  const status_words = words.status[status].replace('{time}', time);
  return { id: poll.id, question: poll.settings.question, status, status_words };
}

export function votePage(
  poll: FakePoll, voter: string | null, base: string, code: string | null,
): string {
  const found = words.notices[code ?? ''];
  const notice = found
    ? `<p class="notice ${found.tone}" role="status">${escape(found.text)}</p>` : '';
  const known = poll.settings.eligibility === 'open';
  return fill('vote', { ...shared(poll), tally: tally(poll, voter) }, {
    notice,
    choices: choices(poll, voter),
    ballot: ballot(poll, voter),
    state: stateOf(poll, voter, base, known ? mineOf(poll, voter) : undefined),
  });
}

function mineOf(poll: FakePoll, voter: string | null): object | null {
  const latest = voter ? poll.latestOf(voter) : null;
  if (!latest) return null;
  return latest.choices ? receiptOf(poll, latest) : { latest: latest.seq };
}

function stateOf(
  poll: FakePoll, voter: string | null, base: string, mine?: object | null,
): string {
  const url = `${base}/p/${poll.slug}-${poll.id}`;
  const state = {
    now: iso(Date.now()), url, poll: pollBody(poll), results: resultsBody(poll, voter), mine,
  };
  return JSON.stringify(state).replaceAll('<', '\\u003c');
}

function votable(poll: FakePoll, voter: string | null): boolean {
  if (poll.status() !== 'open' || poll.settings.eligibility === 'trusted') return false;
  return !voter || !poll.latestOf(voter) || poll.settings.allow_change;
}

function choices(poll: FakePoll, voter: string | null): string {
  const input = votable(poll, voter);
  const standing = voter ? poll.standing(voter) : null;
  const hiding = withheld(poll, voter) !== null;
  const { votes, voters } = poll.now;
  return poll.settings.choices.map((text, n) => {
    const own = standing?.choices?.includes(n) ?? false;
    const share = voters ? Math.round((100 * votes[n]) / voters) : 0;
    const figures = hiding ? '' : `<span class="share">${share}\u00a0%</span>`
      + `<span class="count">${votes[n].toLocaleString('en-US')}</span>`;
    const type = poll.settings.max > 1 ? 'checkbox' : 'radio';
    const checked = own ? ' checked' : '';
    const name = input
      ? `<input type="${type}" name="choice" value="${n}" id="c${n}" aria-describedby="n${n}"`
        + `${checked}><label for="c${n}" dir="auto">${escape(text)}</label>`
      : `<span class="name" dir="auto">${escape(text)}</span>`;
    return `<div class="choice${own && !input ? ' own' : ''}">${name}`
      + `<span class="figures" id="n${n}">${figures}</span>`
      + `<svg class="bar" aria-hidden="true"><rect class="fill" width="${hiding ? 0 : share}%"`
      + ' height="100%" rx="4"/></svg></div>';
  }).join('');
}

function ballot(poll: FakePoll, voter: string | null): string {
  const standing = voter ? poll.standing(voter) : null;
  const latest = voter ? poll.latestOf(voter) : null;
  const names = standing?.choices?.map((n) => escape(poll.settings.choices[n])).join(', ');
  const voted = standing
    ? `<p class="mine">You voted <b dir="auto">${names}</b> · entry ${standing.seq}</p>` : '';
  if (!votable(poll, voter)) {
    const state = poll.settings.eligibility === 'trusted' ? 'trusted' : poll.status();
    return voted || `<p class="mine">${escape(words.ballot[state] ?? '')}</p>`;
  }
  const code = poll.settings.eligibility === 'codes'
    ? '<p class="field"><label for="code">Your one-time code</label><input id="code"'
      + ' name="code" autocomplete="off" spellcheck="false" required></p>' : '';
  const replaces = latest ? `<input type="hidden" name="replaces" value="${latest.seq}">` : '';
  return `${voted}<input type="hidden" name="vote_id" value="${randomUUID()}">${replaces}${code}`
    + `<div class="actions"><button class="primary">${standing ? 'Change my vote' : 'Vote'}`
    + '</button></div>';
}

function tally(poll: FakePoll, voter: string | null): string {
  const { voters } = poll.now;
  const hiding = withheld(poll, voter);
  const counted = voters === 0 ? 'No votes yet' : voters === 1 ? '1 vote' : `${voters} votes`;
  return hiding ? `${counted} · ${words.withheld[hiding]}` : counted;
}
