import { computed, signal } from '@preact/signals';
import { asProblem, call } from '../lib/api.ts';
import type { Entry } from '../lib/types.ts';
import { credential } from './credential.ts';
import { api, held, live } from './store.ts';

export interface Filter {
  type: string;
  verdict: string;
  reason: string;
  voter: string;
  vote_id: string;
  from: string;
  to: string;
  order: 'asc' | 'desc';
}

export const noFilter: Filter = {
  type: '', verdict: '', reason: '', voter: '', vote_id: '', from: '', to: '', order: 'desc',
};

export const filter = signal<Filter>(noFilter);
export const entries = signal<Entry[]>([]);
/** Seq to go on after; null at the end. */
export const next = signal<number | null>(null);
export const state = signal<'loading' | 'ready' | 'failed'>('loading');
export const trouble = signal('');

/** The newest seq known when the list was read from its start; null before. */
export const readAt = signal<number | null>(null);
/** Entries that came since: they are offered, so that nothing moves under a reader's eyes. */
export const newer = computed(() => {
  if (readAt.value === null) return 0;
  return Math.max(0, (held.value ?? live.value).seq - readAt.value);
});

const pageSize = 50;
let asked = 0;

export async function list(more = false): Promise<void> {
  const number = ++asked;
  const known = live.value.seq;
  state.value = 'loading';
  try {
    const path = `${api}/entries?${queryOf(filter.value, more ? next.value : null)}`;
    const body = await call<{ entries: Entry[]; next?: number }>(path, { headers: credential() });
    if (number !== asked) return;
    entries.value = more ? entries.value.concat(body.entries) : body.entries;
    next.value = body.next ?? null;
    if (!more) readAt.value = Math.max(known, ...body.entries.map((entry) => entry.seq));
    state.value = 'ready';
    trouble.value = '';
  } catch (error) {
    if (number !== asked) return;
    state.value = 'failed';
    trouble.value = asProblem(error).detail;
  }
}

function queryOf(wanted: Filter, after: number | null): URLSearchParams {
  const query = new URLSearchParams({ limit: String(pageSize) });
  for (const [name, value] of Object.entries(wanted)) {
    if (value === '' || (name === 'vote_id' && !wanted.voter)) continue;
    const isTime = name === 'from' || name === 'to';
    query.set(name, isTime ? new Date(value).toISOString() : value);
  }
  if (after !== null) query.set('after', String(after));
  return query;
}

export function change(part: Partial<Filter>): void {
  filter.value = { ...filter.value, ...part };
  void list();
}

/** One entry with its canonical line, as an auditor refolds it. */
export async function line(seq: number): Promise<string> {
  try {
    return (await call<Entry>(`${api}/entries/${seq}`, { headers: credential() })).entry ?? '';
  } catch (error) {
    return asProblem(error).detail;
  }
}
