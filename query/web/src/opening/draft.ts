import { computed, signal } from '@preact/signals';
import { Problem, asProblem, call } from '../lib/api.ts';
import type { FieldError } from '../lib/api.ts';
import { uuid } from '../lib/browser.ts';

export interface Opened {
  id: string;
  url: string;
  manage_url: string;
  manage_token: string;
  closes_at: string;
}

export const maxChoices = 20;

export const question = signal('');
/** Always ends with one empty choice to write on in, up to 20. */
export const choices = signal<string[]>(['', '']);
export const openFor = signal<number | 'custom'>(3600);
export const closesAt = signal('');
export const several = signal(false);
export const atMost = signal(0);
export const results = signal<'live' | 'after_vote' | 'after_close'>('live');
export const allowChange = signal(false);
export const codes = signal(false);
export const opensAt = signal('');

/** Words beside a field, by the field's id. */
export const errors = signal<Record<string, string>>({});
export const trouble = signal('');
export const busy = signal(false);
export const opened = signal<Opened | null>(null);

const filled = computed(() => choices.value.map((text) => text.trim()).filter(Boolean));

export function writeChoice(index: number, text: string): void {
  const next = [...choices.value];
  next[index] = text;
  choices.value = withRoom(next);
}

/** Several pasted lines become several choices, from this one on. */
export function pasteChoices(index: number, lines: string[]): void {
  const next = [...choices.value];
  next.splice(index, 1, ...lines);
  choices.value = withRoom(next.slice(0, maxChoices));
}

export function dropChoice(index: number): void {
  choices.value = withRoom(choices.value.filter((_text, other) => other !== index));
}

function withRoom(list: string[]): string[] {
  const next = [...list];
  while (next.length > 2 && next.at(-1) === '' && next.at(-2) === '') next.pop();
  if (next.length < 2 || (next.at(-1) !== '' && next.length < maxChoices)) next.push('');
  return next.length < 2 ? withRoom(next) : next;
}

function findErrors(): Record<string, string> {
  const found: Record<string, string> = {};
  const length = question.value.trim().length;
  if (length < 5) found.question = 'Please ask a question of at least 5 characters.';
  const seen = new Set<string>();
  choices.value.forEach((text, index) => {
    const trimmed = text.trim();
    if (trimmed && seen.has(trimmed)) found[`choice${index}`] = 'This choice is there twice.';
    seen.add(trimmed);
  });
  if (filled.value.length < 2) {
    const empty = choices.value.findIndex((text) => !text.trim());
    found[`choice${empty}`] = 'Please give at least two choices.';
  }
  const from = opensAt.value ? Date.parse(opensAt.value) : Date.now();
  if (openFor.value === 'custom' && !(Date.parse(closesAt.value) >= from + 10000)) {
    found.closes = opensAt.value ? 'Please pick a time after the start.'
      : 'Please pick a time in the future.';
  }
  if (opensAt.value && Date.parse(opensAt.value) < Date.now()) {
    found.opens = 'Please pick a time in the future.';
  }
  return found;
}

function body(): Record<string, unknown> {
  const list = filled.value;
  const most = Math.min(atMost.value || list.length, list.length);
  const end = openFor.value === 'custom'
    ? { closes_at: new Date(closesAt.value).toISOString() } : { closes_in: openFor.value };
  const start = opensAt.value ? { opens_at: new Date(opensAt.value).toISOString() } : {};
  return {
    question: question.value.trim(),
    choices: list,
    ...start,
    ...end,
    min: 1,
    max: several.value ? most : 1,
    results: results.value,
    eligibility: codes.value ? 'codes' : 'open',
    allow_change: allowChange.value && results.value !== 'after_vote',
  };
}

let key = '';
let keyed = '';

/** Returns the id of the first faulty field, if any. The key makes a retry harmless. */
export async function open(): Promise<string | null> {
  if (busy.value) return null;
  errors.value = findErrors();
  trouble.value = '';
  if (Object.keys(errors.value).length) return firstFault();
  busy.value = true;
  const draft = body();
  if (JSON.stringify(draft) !== keyed) {
    key = uuid();
    keyed = JSON.stringify(draft);
  }
  try {
    const answer = await deliver(draft);
    await readable(answer.id);
    opened.value = answer;
  } catch (error) {
    takeRefusal(asProblem(error));
  }
  busy.value = false;
  return firstFault();
}

async function deliver(draft: unknown): Promise<Opened> {
  const headers = { 'Idempotency-Key': key };
  for (let attempt = 0; ; attempt++) {
    try {
      return await call<Opened>('/v1/polls', { method: 'POST', body: draft, headers });
    } catch (error) {
      const problem = error as Problem;
      if (!problem.passing || problem.status === 429 || attempt === 4) throw error;
      trouble.value = 'No answer yet. Trying again by itself; only one poll will be opened.';
      await new Promise((done) => setTimeout(done, Math.max(problem.retryAfterMs, 1000)));
    }
  }
}

/** The QR code comes from the read side, which may be a moment behind. */
async function readable(id: string): Promise<void> {
  await call(`/v1/polls/${id}?min_seq=0`, { timeoutMs: 2500 }).catch(() => null);
}

function takeRefusal(problem: Problem): void {
  trouble.value = problem.errors.length ? '' : problem.detail;
  if (problem.status === 429) trouble.value = 'Too many polls from your network. Wait a minute.';
  const found: Record<string, string> = {};
  for (const error of problem.errors) {
    const field = fieldOf(error);
    if (field) found[field] ??= error.detail;
    else trouble.value ||= error.detail;
  }
  errors.value = found;
}

function fieldOf({ pointer }: FieldError): string | null {
  const [name, index] = pointer.slice(1).split('/');
  if (name === 'question') return 'question';
  if (name === 'choices') return `choice${shownIndex(Number(index ?? 0))}`;
  if (name === 'closes_at' || name === 'closes_in') return 'closes';
  return name === 'opens_at' ? 'opens' : null;
}

/** The API numbers the filled choices only. */
function shownIndex(sent: number): number {
  const places = choices.value.flatMap((text, index) => (text.trim() ? [index] : []));
  return places[sent] ?? 0;
}

function firstFault(): string | null {
  const order = ['question', ...choices.value.map((_text, index) => `choice${index}`)];
  return [...order, 'closes', 'opens'].find((id) => errors.value[id]) ?? null;
}
