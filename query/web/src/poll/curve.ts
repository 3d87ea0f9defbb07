import { computed, effect, signal } from '@preact/signals';
import { call } from '../lib/api.ts';
import { serverNow } from '../lib/time.ts';
import type { VoteWindow } from '../lib/types.ts';
import { credential } from './credential.ts';
import { api, held, live, poll } from './store.ts';

const bars = 60;
const refreshMs = 15000;
const opened = Date.parse(poll.opened_at);
/** Windows begin on whole seconds. */
const from = opened - (opened % 1000);

interface Span {
  from: number;
  widthMs: number;
  counts: number[];
}

/** Counted entries per slice of the poll's life so far; null until first known. */
export const curve = signal<Span | null>(null);

export const busiest = computed(() => {
  const counts = curve.value?.counts ?? [];
  const peak = Math.max(0, ...counts);
  return { peak, index: counts.indexOf(peak) };
});

let fetchedSeq = -1;
let fetchedAt = 0;
let voters = 0;

/** Fetches once shown, then while entries arrive every 15 s; between, adds what it sees. */
export function followCurve(): void {
  effect(() => {
    if (!live.value.withheld && !curve.peek()) void fetchCurve();
  });
  setInterval(() => {
    if (!held.value && !document.hidden && live.value.seq !== fetchedSeq) void fetchCurve();
  }, refreshMs);
  effect(() => addLive(live.value.voters, Date.parse(live.value.at)));
}

async function fetchCurve(): Promise<void> {
  if (live.value.withheld) return;
  const { final, at, seq } = live.value;
  const to = final ? Date.parse(at) + 1 : serverNow();
  const width = sliceSeconds(to - from);
  const query = new URLSearchParams({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    width: String(Math.min(width, 3600)),
  });
  const path = `${api}/windows?${query}`;
  const body = await call<{ windows: VoteWindow[] }>(path, { headers: credential() })
    .catch(() => null);
  if (!body) return;
  fetchedSeq = seq;
  fetchedAt = serverNow();
  voters = live.value.voters;
  curve.value = gather(body.windows, to, width * 1000);
}

function sliceSeconds(spanMs: number): number {
  return Math.max(1, Math.ceil(spanMs / 1000 / bars));
}

function gather(windows: VoteWindow[], to: number, widthMs: number): Span {
  const counts = new Array<number>(Math.max(2, Math.ceil((to - from) / widthMs))).fill(0);
  for (const window of windows) {
    const index = Math.floor((Date.parse(window.at) - from) / widthMs);
    const slot = Math.min(Math.max(index, 0), counts.length - 1);
    counts[slot] = counts[slot]! + window.counted;
  }
  return { from, widthMs, counts };
}

function addLive(votersNow: number, at: number): void {
  const span = curve.peek();
  const more = votersNow - voters;
  if (!span || more <= 0 || held.peek() || at < fetchedAt - span.widthMs) return;
  voters = votersNow;
  const counts = [...span.counts];
  const index = Math.max(Math.floor((at - span.from) / span.widthMs), 0);
  while (counts.length <= index && counts.length < 4 * bars) counts.push(0);
  const slot = Math.min(index, counts.length - 1);
  counts[slot] = counts[slot]! + more;
  curve.value = { ...span, counts };
}
