import { signal } from '@preact/signals';

let offsetMs = 0;

/** Server time in ms, moved on once a second: what countdowns and "2 s ago" are made from. */
export const now = signal(Date.now());

export function startClock(serverNow: string): void {
  offsetMs = Date.parse(serverNow) - Date.now();
  tick();
  setInterval(tick, 1000);
}

function tick(): void {
  now.value = Date.now() + offsetMs;
}

export function serverNow(): number {
  return Date.now() + offsetMs;
}

const clockFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export function clock(at: string | number): string {
  return clockFormat.format(new Date(at));
}

/** `12:04:31`, with the day in front when it is not today. */
export function moment(at: string | number): string {
  const date = new Date(at);
  const today = new Date(serverNow()).toDateString() === date.toDateString();
  return today ? clock(at) : `${dayFormat.format(date)}, ${clock(at)}`;
}

/** `42:10`, `3:05:00`, `2 days 4 h`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days} ${days === 1 ? 'day' : 'days'} ${hours % 24} h`;
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = `${pad(minutes)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2 s ago`, `5 min ago`; from two days on the day. */
export function ago(at: string): string {
  const seconds = Math.max(0, Math.round((now.value - Date.parse(at)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return dayFormat.format(new Date(at));
}

/** For `<input type="datetime-local">`, in the visitor's own time zone. */
export function localInput(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
