import { signal } from '@preact/signals';
import { asProblem, call } from '../lib/api.ts';
import { accept, api, hidden, live } from '../poll/store.ts';

/** The owner's key: from the fragment, which a browser never sends. */
export const token = signal(tokenIn(location.hash));
export const busy = signal('');
export const told = signal<{ tone: string; text: string } | null>(null);

function tokenIn(text: string): string {
  return text.match(/#?([\w-]{43})$/)?.[1] ?? '';
}

/** Takes a pasted manage link or bare key. */
export function takeToken(text: string): boolean {
  token.value = tokenIn(text.trim());
  if (token.value) history.replaceState(null, '', `#${token.value}`);
  return token.value !== '';
}

window.addEventListener('hashchange', () => (token.value = tokenIn(location.hash)));

interface Done {
  seq: number;
  at: string;
  closes_at?: string;
}

/** Sends an owner's command; a retry is harmless, so passing trouble is tried again. */
export async function command<T>(name: string, path: string, method: string, body?: unknown) {
  busy.value = name;
  told.value = null;
  const headers = { Authorization: `Bearer ${token.value}` };
  try {
    return await patiently(() => call<T>(`${api}${path}`, { method, body, headers }));
  } catch (error) {
    const { code, detail } = asProblem(error);
    told.value = { tone: 'bad', text: refusals[code] ?? detail };
    return null;
  } finally {
    busy.value = '';
  }
}

async function patiently<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const problem = asProblem(error);
      if (!problem.passing || attempt === 4) throw error;
      told.value = { tone: 'wait', text: 'No answer yet. Trying again by itself.' };
      const waitMs = Math.max(problem.retryAfterMs, 500 * 2 ** attempt);
      await new Promise((done) => setTimeout(done, waitMs));
    }
  }
}

const refusals: Record<string, string> = {
  credential_missing: 'This page needs the whole manage link, with the part after “#”.',
  credential_invalid: 'This manage link does not belong to this poll.',
  not_owner: 'This manage link does not belong to this poll.',
  poll_closed: 'The poll is closed already.',
  not_later: 'The new end must be later than the present one.',
};

/** The absolute end is sent, so that a retry extends once. */
export async function extendTo(ms: number): Promise<void> {
  const body = { closes_at: new Date(ms).toISOString() };
  const done = await command<Done>('extend', '/extend', 'POST', body);
  if (!done) return;
  accept({ ...live.value, seq: Math.max(done.seq, live.value.seq), closes_at: body.closes_at });
  told.value = { tone: 'good', text: 'The poll stays open for longer.' };
}

export function extendBy(seconds: number): Promise<void> {
  return extendTo(Date.parse(live.value.closes_at) + seconds * 1000);
}

export async function closeNow(): Promise<void> {
  const done = await command<Done>('close', '/close', 'POST', {});
  if (done) told.value = { tone: 'good', text: `Closed · entry ${done.seq}. The result is final.` };
}

export async function hide(): Promise<void> {
  if (await command<Done>('hide', '', 'DELETE')) hidden.value = true;
}
