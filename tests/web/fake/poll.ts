import { randomBytes } from 'node:crypto';

/** A poll in memory that judges votes as the API document says. Times are ms. */

export interface Settings {
  question: string;
  choices: string[];
  min: number;
  max: number;
  results: string;
  eligibility: string;
  allow_change: boolean;
  opens_at: number | null;
  closes_at: number;
}

export interface Entry {
  seq: number;
  at: number;
  type: string;
  verdict: 'counted' | 'void';
  reason: string | null;
  voter: string | null;
  vote_id: string | null;
  choices: number[] | null;
  replaces: number | null;
  added: number[];
  removed: number[];
}

export interface Vote {
  voter: string;
  vote_id: string;
  choices: number[] | null;
  replaces: number | null;
}

export interface Snapshot {
  seq: number;
  at: number;
  votes: number[];
  voters: number;
}

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: object;

  constructor(status: number, code: string, more: object = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export function crockford(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % 32]).join('');
}

export class FakePoll {
  readonly id = crockford(12);
  readonly token = randomBytes(32).toString('base64url');
  readonly slug: string;
  readonly settings: Settings;
  readonly entries: Entry[] = [];
  readonly history: Snapshot[] = [];
  readonly codes: string[] = [];
  closed = false;
  hidden = false;
  private readonly latest = new Map<string, Entry>();

  constructor(settings: Settings, at = Date.now()) {
    this.settings = settings;
    const slug = settings.question.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    this.slug = slug.replace(/^-|-$/g, '').slice(0, 40);
    this.append({ type: 'poll.opened.v1', at });
  }

  get now(): Snapshot {
    return this.history.at(-1)!;
  }

  status(at = Date.now()): string {
    if (this.closed) return 'closed';
    if (this.settings.opens_at !== null && at < this.settings.opens_at) return 'scheduled';
    return at < this.settings.closes_at ? 'open' : 'closing';
  }

  standing(voter: string): Entry | null {
    const entry = this.latest.get(voter);
    return entry?.choices ? entry : null;
  }

  latestOf(voter: string): Entry | null {
    return this.latest.get(voter) ?? null;
  }

  /** The entry that stands for this vote, and whether it is a repeat. */
  vote(vote: Vote, at = Date.now()): { entry: Entry; repeat: boolean } {
    const before = this.latest.get(vote.voter);
    if (before?.vote_id === vote.vote_id) {
      if (sameContent(before, vote)) return { entry: before, repeat: true };
      throw new Refusal(422, 'vote_id_reused');
    }
    const reason = this.judge(vote, before, at);
    const type = vote.choices ? 'vote.cast.v1' : 'vote.retracted.v1';
    const entry = this.append({ ...vote, type, at, reason });
    if (!reason) return { entry, repeat: false };
    const status = reason === 'invalid_choices' ? 422 : reason === 'poll_hidden' ? 410 : 409;
    const more = before && /already|stale/.test(reason) ? { receipt: receiptOf(this, before) } : {};
    throw new Refusal(status, reason, more);
  }

  private judge(vote: Vote, before: Entry | undefined, at: number): string | null {
    const { choices, min, max, allow_change } = this.settings;
    const state = this.status(at);
    if (this.hidden) return 'poll_hidden';
    if (state === 'closed' || state === 'closing') return 'poll_closed';
    if (state === 'scheduled') return 'poll_not_open';
    const list = vote.choices ?? [];
    const outside = list.some((index) => index < 0 || index >= choices.length);
    const wrong = outside || new Set(list).size !== list.length || list.length > max;
    if (vote.choices && (wrong || list.length < min)) return 'invalid_choices';
    if (vote.replaces !== null && !allow_change) return 'change_not_allowed';
    if (vote.replaces === null && before) return 'already_voted';
    return vote.replaces !== null && vote.replaces !== before?.seq ? 'stale_replace' : null;
  }

  append(part: Partial<Entry> & { type: string }): Entry {
    const standing = part.voter ? this.standing(part.voter) : null;
    const entry: Entry = {
      at: Date.now(), reason: null, voter: null, vote_id: null, choices: null, replaces: null,
      ...part,
      seq: this.entries.length,
      verdict: part.reason ? 'void' : 'counted',
      added: [],
      removed: [],
    };
    const before = this.history.at(-1) ?? {
      votes: this.settings.choices.map(() => 0), voters: 0,
    };
    const votes = [...before.votes];
    let voters = before.voters;
    if (entry.verdict === 'counted' && entry.voter) {
      entry.added = entry.choices ?? [];
      entry.removed = standing?.choices ?? [];
      for (const index of entry.added) votes[index]++;
      for (const index of entry.removed) votes[index]--;
      voters += (entry.choices ? 1 : 0) - (standing ? 1 : 0);
      this.latest.set(entry.voter, entry);
    }
    this.entries.push(entry);
    this.history.push({ seq: entry.seq, at: entry.at, votes, voters });
    return entry;
  }

  close(): Entry {
    const entry = this.append({ type: 'poll.closed.v1' });
    this.closed = true;
    return entry;
  }

  /** Closes at the deadline, also when that was moved meanwhile. */
  arm(): void {
    const left = this.settings.closes_at - Date.now();
    if (left <= 0) {
      if (!this.closed) this.close();
    } else {
      setTimeout(() => this.arm(), Math.min(left + 300, 1e9)).unref();
    }
  }
}

function sameContent(entry: Entry, vote: Vote): boolean {
  return JSON.stringify([entry.choices, entry.replaces])
    === JSON.stringify([vote.choices, vote.replaces]);
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function receiptOf(poll: FakePoll, entry: Entry): object {
  const { seq, vote_id, choices, replaces } = entry;
  return {
    poll: poll.id, seq, at: iso(entry.at), vote_id,
    ...(choices && { choices }), ...(replaces !== null && { replaces }),
  };
}
