import { Problem, call } from '../lib/api.ts';
import { resultOf } from '../lib/types.ts';
import type { Result, ResultsBody } from '../lib/types.ts';
import { credential } from './credential.ts';
import { accept, api, connection, hidden, live, poll } from './store.ts';

type Frame = Omit<Result, 'votes' | 'withheld'> & Partial<Pick<Result, 'votes' | 'withheld'>>;

const firstWaitMs = 1000;
const longestWaitMs = 10000;

let source: EventSource | null = null;
let timer = 0;
let waitMs = firstWaitMs;

/** Follows the poll until it is final. An EventSource sends no headers, so codes are asked for. */
export function follow(): void {
  stop();
  if (live.value.final) {
    connection.value = 'ended';
  } else if (poll.eligibility === 'codes' && poll.results === 'after_vote') {
    timer = window.setTimeout(ask, 2000);
  } else {
    open();
  }
}

function stop(): void {
  source?.close();
  source = null;
  clearTimeout(timer);
}

function open(): void {
  source = new EventSource(`${api}/stream?after=${live.value.seq}`);
  source.onopen = healthy;
  source.onerror = () => {
    unhealthy();
    if (source?.readyState === EventSource.CLOSED) later();
  };
  source.addEventListener('results', (event) => {
    healthy();
    take(JSON.parse(event.data) as Frame);
  });
  source.addEventListener('end', (event) => {
    stop();
    const { code } = JSON.parse(event.data) as { code: string };
    if (code === 'poll_hidden') hidden.value = true;
    connection.value = 'ended';
  });
}

function take(frame: Frame): void {
  const votes = frame.votes ?? null;
  const withheld = votes || poll.results === 'live' ? null : poll.results;
  accept({ ...frame, votes, withheld });
}

function healthy(): void {
  waitMs = firstWaitMs;
  connection.value = 'live';
}

function unhealthy(): void {
  connection.value = navigator.onLine ? 'lost' : 'offline';
}

function later(): void {
  clearTimeout(timer);
  timer = window.setTimeout(ask, waitMs * (0.75 + Math.random() / 2));
  waitMs = Math.min(waitMs * 2, longestWaitMs);
}

async function ask(): Promise<void> {
  try {
    const body = await call<ResultsBody>(`${api}/results`, { headers: credential() });
    accept(resultOf(body));
    healthy();
    follow();
  } catch (error) {
    if (error instanceof Problem && error.code === 'poll_hidden') hidden.value = true;
    unhealthy();
    later();
  }
}

/** After the own vote: `after_vote` results need a fresh look. */
export async function lookAgain(seq: number): Promise<void> {
  if (poll.results !== 'after_vote') return;
  stop();
  const path = `${api}/results?min_seq=${seq}`;
  const body = await call<ResultsBody>(path, { headers: credential() }).catch(() => null);
  if (body) accept(resultOf(body));
  follow();
}

export function watchNetwork(): void {
  window.addEventListener('offline', () => {
    if (connection.value === 'ended') return;
    // What is still on its way in the stream must not make this page say that it is live.
    stop();
    unhealthy();
    later();
  });
  window.addEventListener('online', () => {
    if (connection.value !== 'ended') follow();
  });
}
