import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from './poll.ts';
import { apiRoute } from './routes.ts';
import { fill, managePage, message, openPage, out, votePage } from './render.ts';
import { cast, polls, tag } from './state.ts';
import type { Call } from './state.ts';

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
  + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export async function startFake(port = 0): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return { url: `http://127.0.0.1:${address.port}`, server };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const call = await callOf(request);
    if (call.path.startsWith('/v1/')) await apiRoute(call, response);
    else page(call, response);
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    problem(response, error instanceof Refusal ? error : new Refusal(500, 'internal'));
  }
}

async function callOf(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const base = `http://${request.headers.host}`;
  const url = new URL(request.url!, base);
  const cookie = request.headers.cookie?.match(/fp_voter=([\w-]+)/)?.[1] ?? null;
  return {
    request, base, path: url.pathname, query: url.searchParams, method: request.method!,
    text: Buffer.concat(chunks).toString(), cookie,
  };
}

function problem(response: ServerResponse, { status, code, more }: Refusal): void {
  if (response.destroyed) return;
  const retry = status >= 500 ? { 'Retry-After': '1' } : {};
  response.writeHead(status, { 'Content-Type': 'application/problem+json', ...retry });
  const detail = code.replaceAll('_', ' ');
  response.end(JSON.stringify({ type: `/problems/${code}`, status, code, detail, ...more }));
}

function html(response: ServerResponse, text: string, status = 200, cookie = ''): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': csp,
    'Cache-Control': 'no-store',
    ...(cookie && { 'Set-Cookie': cookie }),
  });
  response.end(text);
}

function page(call: Call, response: ServerResponse): void {
  const { path } = call;
  if (path === '/') return html(response, openPage());
  if (path === '/how') return html(response, fill('how', {}));
  if (path.startsWith('/assets/')) return asset(path, response);
  const problemCode = path.match(/^\/problems\/(\w+)$/)?.[1];
  if (problemCode) {
    const values = { code: problemCode, status: '409', title: problemCode, detail: problemCode };
    return html(response, fill('problem', values));
  }
  const id = path.match(/^\/(?:p|manage)\/(?:.*-)?([0-9A-Z]{12})$/)?.[1];
  const poll = polls.get(id ?? '');
  if (!poll) return html(response, message(id ? 'no_such_poll' : 'no_such_route'), 404);
  if (poll.hidden) return html(response, message('poll_hidden'), 410);
  const own = `${path.split('/')[1]}/${poll.slug}-${poll.id}`;
  if (call.method === 'GET' && path !== `/${own}`) {
    response.writeHead(301, { Location: `/${own}?${call.query}` });
    return void response.end();
  }
  if (path.startsWith('/manage/')) return html(response, managePage(poll, call.base));
  if (call.method === 'POST') return formVote(call, response, poll.id);
  const device = call.cookie ?? randomUUID();
  const voter = poll.settings.eligibility === 'open' ? tag(poll, device) : null;
  const cookie = call.cookie ? '' : `fp_voter=${device}; HttpOnly; SameSite=Lax; Path=/`;
  html(response, votePage(poll, voter, call.base, call.query.get('notice')), 200, cookie);
}

function asset(path: string, response: ServerResponse): void {
  const types = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
  const type = types[path.split('.').at(-1) as keyof typeof types];
  if (!type || path.includes('..')) throw new Refusal(404, 'no_such_route');
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'max-age=31536000, immutable' });
  response.end(readFileSync(join(out, path)));
}

function formVote(call: Call, response: ServerResponse, id: string): void {
  const form = new URLSearchParams(call.text);
  const replaces = form.get('replaces');
  let code = replaces ? 'changed' : 'voted';
  try {
    cast(polls.get(id)!, call, {
      choices: form.getAll('choice').map(Number),
      vote_id: form.get('vote_id') ?? randomUUID(),
      replaces: replaces ? Number(replaces) : null,
      code: form.get('code'),
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    code = error.code;
  }
  response.writeHead(303, { Location: `/p/${id}?notice=${code}` });
  response.end();
}
