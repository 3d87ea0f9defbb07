import { signal } from '@preact/signals';
import { Problem, asProblem, call } from '../lib/api.ts';
import { keep, kept, setAddress, uuid } from '../lib/browser.ts';
import type { Receipt } from '../lib/types.ts';
import { notices } from '../lib/words.ts';
import { credential, keepCode, voterCode } from './credential.ts';
import { api, hidden, latest, mine, page, poll, remember } from './store.ts';
import { lookAgain } from './stream.ts';

interface Cast {
  kind: 'cast';
  vote_id: string;
  choices: number[];
  replaces?: number;
  code?: string;
}

interface Retract {
  kind: 'retract';
  seq: number;
  code?: string;
}

type Pending = Cast | Retract;

export interface Notice {
  tone: string;
  text: string;
}

export const picked = signal<number[]>([]);
export const changing = signal(false);
export const notice = signal<Notice | null>(null);
export const codeError = signal('');
/** `waiting`: no answer yet, the same request goes out again by itself. */
export const sending = signal<'idle' | 'sending' | 'waiting'>('idle');

const pendingKey = `fp-pending:${poll.id}`;
let wake: () => void = () => {};
let given = false;

export function cast(): void {
  if (sending.value !== 'idle' || !checked()) return;
  const request: Cast = { kind: 'cast', vote_id: uuid(), choices: [...picked.value] };
  if (latest.value !== null) request.replaces = latest.value;
  void deliver(withCode(request));
}

export function takeBack(): void {
  if (sending.value !== 'idle' || !mine.value) return;
  void deliver(withCode<Retract>({ kind: 'retract', seq: mine.value.seq }));
}

function withCode<T extends Pending>(request: T): T {
  return poll.eligibility === 'codes' ? { ...request, code: voterCode.value } : request;
}

function checked(): boolean {
  const { min, max } = poll;
  const count = picked.value.length;
  codeError.value = '';
  if (poll.eligibility === 'codes' && !voterCode.value) {
    codeError.value = 'Please enter the code you were given.';
  }
  const wrong = count < min || count > max;
  notice.value = wrong ? { tone: 'bad', text: howMany(min, max) } : null;
  return !wrong && !codeError.value;
}

export function howMany(min: number, max: number): string {
  if (max === 1) return 'Please pick one choice.';
  if (min === max) return `Please pick ${max} choices.`;
  return min > 1 ? `Please pick ${min} to ${max} choices.` : `Please pick up to ${max} choices.`;
}

/** Sends until there is an answer; kept across reloads, so it is never lost and never doubled. */
async function deliver(request: Pending): Promise<void> {
  given = false;
  keep('localStorage', pendingKey, request);
  for (let attempt = 0; ; attempt++) {
    sending.value = 'sending';
    try {
      settle(request, await post(request));
      break;
    } catch (error) {
      const problem = asProblem(error);
      if (!problem.passing) {
        refused(problem);
        break;
      }
      await pause(problem, attempt);
      if (given) break;
    }
  }
  sending.value = 'idle';
  keep('localStorage', pendingKey, null);
}

function post(request: Pending): Promise<Receipt> {
  const headers: Record<string, string> = request.code ? { 'Voter-Code': request.code } : {};
  const timeoutMs = 8000;
  if (request.kind === 'retract') {
    return call(`${api}/votes/${request.seq}`, { method: 'DELETE', headers, timeoutMs });
  }
  const { vote_id, choices, replaces } = request;
  const body = { choices, vote_id, replaces };
  return call(`${api}/votes`, { method: 'POST', body, headers, timeoutMs });
}

function settle(request: Pending, receipt: Receipt): void {
  if (request.code) keepCode(request.code);
  changing.value = false;
  if (request.kind === 'retract') {
    remember(null, receipt.seq);
    picked.value = [];
    notice.value = { tone: 'good', text: `Your vote is taken back · entry ${receipt.seq}` };
  } else {
    remember(receipt, null);
    notice.value = notices[request.replaces === undefined ? 'voted' : 'changed'] ?? null;
  }
  void lookAgain(receipt.seq);
}

const noCookie = 'Your browser no longer holds the cookie with which you voted here.';

function refused(problem: Problem): void {
  const standing = problem.body.receipt as Receipt | undefined;
  if (problem.code === 'poll_hidden') hidden.value = true;
  if (standing?.choices) remember(standing, null);
  else if (standing) remember(null, standing.seq);
  const told = notices[problem.code] ?? { tone: 'bad', text: problem.detail };
  const unknownVoter = problem.code.startsWith('credential');
  if (unknownVoter && poll.eligibility === 'codes') codeError.value = told.text;
  else notice.value = unknownVoter ? { tone: 'bad', text: noCookie } : told;
  changing.value = false;
}

async function pause(problem: Problem, attempt: number): Promise<void> {
  const waitMs = Math.max(problem.retryAfterMs, Math.min(1000 * 2 ** attempt, 20000));
  sending.value = 'waiting';
  notice.value = { tone: 'wait', text: `${waitingWords(problem)} It never counts twice.` };
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs * (0.9 + Math.random() / 5));
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function waitingWords(problem: Problem): string {
  if (problem.status === 0) return 'No connection. Your vote is kept and sent again by itself.';
  if (problem.code === 'outcome_unknown') return 'Not confirmed yet. The same vote is sent again.';
  if (problem.code === 'wrong_secret' || problem.code === 'poll_parked') {
    return `${notices[problem.code]?.text} Your vote is kept and sent again by itself.`;
  }
  return 'The server is busy. Your vote is kept and sent again by itself.';
}

export function retryNow(): void {
  wake();
}

export function giveUp(): void {
  given = true;
  notice.value = { tone: 'wait', text: 'Stopped. Reload to see whether your vote had arrived.' };
  wake();
}

/** On load: a code from the link, the standing ballot, then whatever was still on its way. */
export async function resume(): Promise<void> {
  const fromLink = location.hash.match(/^#code=([0-9A-Za-z-]{16,24})$/)?.[1];
  if (fromLink) {
    voterCode.value = fromLink;
    setAddress((url) => (url.hash = ''));
  }
  await standing();
  const pending = kept<Pending>('localStorage', pendingKey);
  if (pending) await deliver(pending);
}

/** The page tells where the cookie says who votes; else ask, if there is anything to ask with. */
async function standing(): Promise<void> {
  const known = page.mine;
  if (known !== undefined) {
    if (known && 'choices' in known) remember(known, null);
    else if (known) remember(null, known.latest);
    return;
  }
  if (poll.eligibility !== 'open' && !voterCode.value) return;
  try {
    const path = `${api}/votes/mine`;
    remember(await call<Receipt>(path, { headers: credential() }), null);
  } catch (error) {
    const replaceable = asProblem(error).body.latest;
    if (typeof replaceable === 'number') remember(null, replaceable);
  }
}

window.addEventListener('online', retryNow);
