import type { ServerResponse } from 'node:http';
import { FakePoll, Refusal, crockford, iso, receiptOf } from './poll.ts';
import type { Settings } from './poll.ts';
import { cast, polls, retract, voterOf } from './state.ts';
import type { Call } from './state.ts';
import {
  canonical, entriesBody, entryBody, frameBody, pastOf, pollBody, resultsBody, windowsBody,
  withheld,
} from './views.ts';

type Handler = (poll: FakePoll, call: Call, response: ServerResponse, rest: string) => unknown;

const routes: [string, RegExp, Handler][] = [
  ['GET', /^$/, (poll) => pollBody(poll)],
  ['GET', /^\/results$/, results],
  ['GET', /^\/stream$/, stream],
  ['GET', /^\/windows$/, (poll, call) => windowsBody(poll, call.query)],
  ['GET', /^\/entries$/, (poll, call) => entriesBody(poll, call.query, hiding(poll, call))],
  ['GET', /^\/entries\/(\d+)$/, oneEntry],
  ['GET', /^\/qr\.svg$/, (poll, _call, response) => qr(poll, response)],
  ['GET', /^\/export\.(?:csv|ndjson)$/, (poll, _call, response) => exportAll(poll, response)],
  ['POST', /^\/votes$/, vote],
  ['GET', /^\/votes\/mine$/, mine],
  ['DELETE', /^\/votes\/(\d+)$/, takeBack],
  ['POST', /^\/close$/, owned((poll) => done(poll, poll.close().seq))],
  ['POST', /^\/extend$/, owned(extend)],
  ['POST', /^\/codes$/, owned(makeCodes)],
  ['GET', /^\/codes$/, owned(showCodes)],
  ['DELETE', /^$/, owned(hide)],
];

export async function apiRoute(call: Call, response: ServerResponse): Promise<void> {
  if (call.path === '/v1/polls') return json(response, openPoll(call), 201);
  const [, id, rest] = call.path.match(/^\/v1\/polls\/([0-9A-Z]{12})(.*)$/) ?? [];
  const poll = polls.get(id ?? '');
  if (!poll) throw new Refusal(404, 'no_such_poll');
  if (poll.hidden) throw new Refusal(410, 'poll_hidden');
  for (const [method, pattern, handler] of routes) {
    const match = rest.match(pattern);
    if (method !== call.method || !match) continue;
    const body = await handler(poll, call, response, match[1] ?? '');
    if (body !== undefined) json(response, body, call.method === 'POST' ? 201 : 200);
    return;
  }
  throw new Refusal(404, 'no_such_route');
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const keys = new Map<string, object>();

function openPoll(call: Call): object {
  const key = call.request.headers['idempotency-key'];
  const before = typeof key === 'string' ? keys.get(key) : undefined;
  if (before) return before;
  const body = JSON.parse(call.text) as Record<string, never>;
  const question = String(body.question ?? '').trim();
  const choices = ((body.choices ?? []) as string[]).map((text) => text.trim());
  const errors = [];
  if (question.length < 5) errors.push({ pointer: '/question', detail: 'at least 5 characters' });
  if (choices.length < 2) errors.push({ pointer: '/choices', detail: 'at least two' });
  if (question.includes('refuse me')) errors.push({ pointer: '/choices/1', detail: 'not this' });
  if (errors.length) throw new Refusal(422, 'invalid', { errors });
  const poll = new FakePoll(settingsOf(body, question, choices));
  polls.set(poll.id, poll);
  poll.arm();
  const answer = openedBody(poll);
  if (typeof key === 'string') keys.set(key, answer);
  return answer;
}

function settingsOf(body: Record<string, never>, question: string, choices: string[]): Settings {
  const opens_at = body.opens_at ? Date.parse(body.opens_at) : null;
  const start = opens_at ?? Date.now();
  const closes_at = body.closes_at
    ? Date.parse(body.closes_at) : start + (body.closes_in ?? 3600) * 1000;
  return {
    question, choices, opens_at, closes_at, min: body.min ?? 1, max: body.max ?? 1,
    results: body.results ?? 'live', eligibility: body.eligibility ?? 'open',
    allow_change: body.allow_change ?? false,
  };
}

export function openedBody(poll: FakePoll): object {
  const name = `${poll.slug}-${poll.id}`;
  const { opens_at, closes_at } = poll.settings;
  return {
    id: poll.id, slug: poll.slug, url: `/p/${name}`, seq: 0,
    opens_at: iso(opens_at ?? poll.now.at), closes_at: iso(closes_at),
    manage_token: poll.token, manage_url: `/manage/${name}#${poll.token}`,
  };
}

function hiding(poll: FakePoll, call: Call): boolean {
  return withheld(poll, voterOf(poll, call)) !== null;
}

function results(poll: FakePoll, call: Call): object {
  const past = call.query.has('seq') || call.query.has('at');
  if (past && hiding(poll, call)) throw new Refusal(403, 'withheld');
  return resultsBody(poll, voterOf(poll, call), past ? pastOf(poll, call.query) : poll.now);
}

function oneEntry(poll: FakePoll, call: Call, _response: ServerResponse, seq: string): object {
  const entry = poll.entries[Number(seq)];
  if (!entry) throw new Refusal(404, 'no_such_entry');
  return { ...entryBody(entry, hiding(poll, call)), entry: canonical(poll, entry) };
}

function stream(poll: FakePoll, call: Call, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write('retry: 2000\n\n');
  const voter = voterOf(poll, call);
  let sent = '';
  const send = () => {
    const frame = JSON.stringify(frameBody(poll, voter));
    if (frame !== sent) {
      response.write(`id: ${poll.now.seq}\nevent: results\ndata: ${frame}\n\n`);
    }
    sent = frame;
    if (!poll.closed && !poll.hidden) return;
    const code = poll.hidden ? 'poll_hidden' : 'final';
    response.end(`event: end\ndata: {"seq":${poll.now.seq},"code":"${code}"}\n\n`);
    clearInterval(timer);
  };
  const timer = setInterval(send, 100);
  call.request.socket.on('close', () => clearInterval(timer));
  send();
}

function qr(poll: FakePoll, response: ServerResponse): void {
  let cells = '';
  const ring = (x: number, y: number) => `<path d="M${x} ${y}h7v7h-7zm1 1v5h5v-5zm1 1h3v3h-3z"/>`;
  for (let at = 0; at < 625; at++) {
    const [x, y] = [at % 25, Math.floor(at / 25)];
    const corner = (x < 8 || x > 16) && y < 8 || x < 8 && y > 16;
    const bit = (at * 7919 + poll.id.charCodeAt(at % 12) * 131) % 7 < 3;
    if (bit && !corner) cells += `M${x} ${y}h1v1h-1z`;
  }
  response.writeHead(200, { 'Content-Type': 'image/svg+xml' });
  response.end('<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 29 29" '
    + `fill-rule="evenodd"><path d="${cells}"/>${ring(0, 0)}${ring(18, 0)}${ring(0, 18)}</svg>`);
}

function exportAll(poll: FakePoll, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.end(poll.entries.map((entry) => canonical(poll, entry)).join('\n'));
}

function vote(poll: FakePoll, call: Call, response: ServerResponse): void {
  const body = JSON.parse(call.text);
  const { entry, repeat } = cast(poll, call, {
    choices: body.choices, vote_id: body.vote_id, replaces: body.replaces ?? null,
    code: body.code ?? null,
  });
  json(response, receiptOf(poll, entry), repeat ? 200 : 201);
}

function mine(poll: FakePoll, call: Call): object {
  const voter = voterOf(poll, call);
  if (!voter) throw new Refusal(401, 'credential_missing');
  const standing = poll.standing(voter);
  const latest = poll.latestOf(voter);
  if (!standing) throw new Refusal(404, 'no_such_vote', latest ? { latest: latest.seq } : {});
  return receiptOf(poll, standing);
}

function takeBack(poll: FakePoll, call: Call, _response: ServerResponse, seq: string): object {
  const entry = retract(poll, call, Number(seq));
  return { poll: poll.id, seq: entry.seq, at: iso(entry.at), retracted: Number(seq) };
}

function owned(handler: Handler): Handler {
  return (poll, call, response, rest) => {
    const given = call.request.headers.authorization;
    if (!given) throw new Refusal(401, 'credential_missing');
    if (given !== `Bearer ${poll.token}`) throw new Refusal(403, 'not_owner');
    return handler(poll, call, response, rest);
  };
}

function done(poll: FakePoll, seq: number, more: object = {}): object {
  return { poll: poll.id, seq, at: iso(poll.entries[seq].at), ...more };
}

function extend(poll: FakePoll, call: Call): object {
  const body = JSON.parse(call.text) as { closes_at?: string; by?: number };
  const closes_at = body.by
    ? poll.settings.closes_at + body.by * 1000 : Date.parse(body.closes_at ?? '');
  if (!(closes_at > poll.settings.closes_at)) throw new Refusal(409, 'not_later');
  poll.settings.closes_at = closes_at;
  const entry = poll.append({ type: 'poll.extended.v1' });
  return done(poll, entry.seq, { closes_at: iso(closes_at) });
}

function makeCodes(poll: FakePoll, call: Call): object {
  const { count } = JSON.parse(call.text) as { count: number };
  if (poll.settings.eligibility !== 'codes') throw new Refusal(409, 'wrong_eligibility');
  const first = poll.codes.length;
  const codes = Array.from({ length: count }, () => crockford(16));
  poll.codes.push(...codes);
  const entry = poll.append({ type: 'codes.issued.v1' });
  return done(poll, entry.seq, { first, count, codes });
}

function showCodes(poll: FakePoll, call: Call): object {
  const first = Number(call.query.get('first') ?? 0);
  const count = Number(call.query.get('count') ?? 100);
  return { poll: poll.id, first, codes: poll.codes.slice(first, first + count) };
}

function hide(poll: FakePoll): object {
  const entry = poll.append({ type: 'poll.hidden.v1' });
  poll.hidden = true;
  return done(poll, entry.seq);
}
