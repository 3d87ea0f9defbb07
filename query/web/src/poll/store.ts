import { computed, signal } from '@preact/signals';
import { readState } from '../lib/browser.ts';
import { now, startClock } from '../lib/time.ts';
import { resultOf } from '../lib/types.ts';
import type { PageState, Receipt, Result, Status } from '../lib/types.ts';

const state = readState<PageState>();
if (state) startClock(state.now);

/** On the opening page there is no poll yet, and nobody there looks at this one. */
const nothing = { closes_at: '', choices: [] as string[] };
export const page = state ?? ({ poll: nothing, results: nothing } as unknown as PageState);

export const poll = page.poll;
export const api = `/v1/polls/${poll.id}`;

/** The newest result known. Only `accept` writes it. */
export const live = signal<Result>(resultOf(page.results));
/** Set while the visitor has paused moving content. */
export const held = signal<Result | null>(null);
/** Set while the visitor looks at the past. */
export const past = signal<Result | null>(null);
export const shown = computed<Result>(() => past.value ?? held.value ?? live.value);

export const connection = signal<'live' | 'lost' | 'offline' | 'ended'>('live');
export const hidden = signal(false);

/** The visitor's standing ballot, and the seq that a next one has to replace. */
export const mine = signal<Receipt | null>(null);
export const latest = signal<number | null>(null);

/** The API's status, moved on by the clock where no entry announces the change. */
export const status = computed<Status>(() => {
  const { status: told, closes_at } = live.value;
  if (told === 'scheduled' && poll.opens_at && now.value >= Date.parse(poll.opens_at)) {
    return now.value >= Date.parse(closes_at) ? 'closing' : 'open';
  }
  return told === 'open' && now.value >= Date.parse(closes_at) ? 'closing' : told;
});

/** Takes a newer result; an equal seq may carry another status or end. */
export function accept(result: Result): void {
  if (result.seq < live.value.seq) return;
  live.value = result;
  if (result.final) held.value = null;
}

export function remember(receipt: Receipt | null, replaceable: number | null): void {
  mine.value = receipt;
  latest.value = receipt ? receipt.seq : replaceable;
}

/** The public link; the fragment and the query of this address do not belong to it. */
export const link = page.url || `${location.origin}/p/${poll.id}`;

/** Short enough to type from a wall. */
export const shortLink = link.replace(/^https?:\/\/|[^/]*-(?=[0-9A-Z]{12}$)/g, '');
