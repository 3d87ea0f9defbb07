import { computed, signal } from '@preact/signals';
import { asProblem, call } from '../lib/api.ts';
import { setAddress } from '../lib/browser.ts';
import { serverNow } from '../lib/time.ts';
import { resultOf } from '../lib/types.ts';
import type { ResultsBody } from '../lib/types.ts';
import { credential } from './credential.ts';
import { api, live, past, poll } from './store.ts';

export type Axis = 'seq' | 'at';

/** What the slider moves along: entries one by one, or time. */
export const axis = signal<Axis>('seq');
/** Seq or ms on the axis; null is "now". */
export const position = signal<number | null>(null);
export const speed = signal(5);
export const playing = signal(false);
export const trouble = signal('');

export const speeds = [1, 5, 20, 100];

export const range = computed(() => {
  if (axis.value === 'seq') return { min: 0, max: live.value.seq };
  const end = live.value.final ? Date.parse(live.value.at) : timeOfLive();
  return { min: Math.min(Date.parse(poll.opened_at), end), max: end };
});

function timeOfLive(): number {
  return Math.max(Date.parse(live.value.at), Math.floor(serverNow() / 5000) * 5000);
}

let wanted: number | null = null;
let busy = false;

/** Shows the result as of a position; of many calls in a row only the newest is fetched. */
export function seek(to: number): void {
  const { min, max } = range.value;
  if (to >= max && !playing.value) return backToNow();
  position.value = Math.min(Math.max(to, min), max);
  wanted = position.value;
  if (!busy) void load();
}

async function load(): Promise<void> {
  busy = true;
  while (wanted !== null) {
    const target = wanted;
    wanted = null;
    try {
      const path = `${api}/results?${queryOf(target)}`;
      const body = await call<ResultsBody>(path, { headers: credential() });
      if (position.value !== null) past.value = resultOf(body);
      trouble.value = '';
    } catch (error) {
      const problem = asProblem(error);
      trouble.value = problem.detail;
      if (!problem.passing) stopPlaying();
    }
  }
  busy = false;
}

function queryOf(target: number): string {
  if (axis.value === 'seq') return `seq=${Math.round(target)}`;
  return `at=${new Date(target).toISOString()}`;
}

export function backToNow(): void {
  stopPlaying();
  wanted = null;
  position.value = null;
  past.value = null;
  trouble.value = '';
  setAddress(clearMoment);
}

function clearMoment(url: URL): void {
  url.searchParams.delete('seq');
  url.searchParams.delete('at');
}

/** Writes the moment into the address; returns the public link to it. */
export function momentLink(publicLink: string): string {
  const url = new URL(publicLink);
  const write = (to: URL) => {
    clearMoment(to);
    const [name, value] = queryOf(position.value ?? range.value.max).split('=');
    to.searchParams.set(name!, value!);
  };
  write(url);
  setAddress(write);
  return url.toString();
}

let frame = 0;
let lastTick = 0;

export function togglePlay(): void {
  if (playing.value) return stopPlaying();
  const { min, max } = range.value;
  const from = position.value === null || position.value >= max ? min : position.value;
  playing.value = true;
  lastTick = performance.now();
  seek(from);
  frame = window.setInterval(advance, 125);
}

function advance(): void {
  const passedMs = performance.now() - lastTick;
  lastTick = performance.now();
  const perMs = axis.value === 'seq' ? speed.value / 1000 : speed.value;
  const next = (position.value ?? 0) + passedMs * perMs;
  seek(next);
  if (next >= range.value.max) stopPlaying();
}

function stopPlaying(): void {
  playing.value = false;
  clearInterval(frame);
}

export function pausePlaying(): void {
  if (playing.value) stopPlaying();
}

/** Keeps the moment shown when the axis changes. */
export function changeAxis(to: Axis): void {
  const at = past.value;
  axis.value = to;
  if (at) position.value = to === 'seq' ? at.seq : Date.parse(at.at);
}

/** `?seq=17` or `?at=2026-…Z` of a shared link. */
export function openShared(): void {
  const query = new URLSearchParams(location.search);
  const seq = query.get('seq');
  const at = Date.parse(query.get('at') ?? '');
  if (seq && /^\d+$/.test(seq)) {
    position.value = Number(seq);
  } else if (Number.isFinite(at)) {
    axis.value = 'at';
    position.value = at;
  }
  if (position.value !== null) {
    wanted = position.value;
    void load();
  }
}
