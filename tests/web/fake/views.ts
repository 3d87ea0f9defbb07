import { FakePoll, Refusal, iso } from './poll.ts';
import type { Entry, Snapshot } from './poll.ts';

/** Bodies of the API, made from a poll. */

export function withheld(poll: FakePoll, voter: string | null): string | null {
  const { results } = poll.settings;
  if (results === 'live' || poll.closed) return null;
  return results === 'after_vote' && voter && poll.standing(voter) ? null : results;
}

export function pollBody(poll: FakePoll): object {
  const { opens_at, closes_at, ...settings } = poll.settings;
  return {
    id: poll.id, slug: poll.slug, url: `/p/${poll.slug}-${poll.id}`,
    ...settings,
    method: settings.max > 1 ? 'approval' : 'plurality',
    opened_at: iso(poll.history[0].at),
    opens_at: opens_at === null ? null : iso(opens_at),
    closes_at: iso(closes_at),
    status: poll.status(), final: poll.closed, seq: poll.now.seq, at: iso(poll.now.at),
  };
}

function head(poll: FakePoll, then: Snapshot): object {
  const past = then !== poll.now;
  return {
    poll: poll.id, seq: then.seq, at: iso(then.at),
    status: past ? 'open' : poll.status(),
    final: !past && poll.closed,
    closes_at: iso(poll.settings.closes_at),
    voters: then.voters,
  };
}

export function resultsBody(poll: FakePoll, voter: string | null, then = poll.now): object {
  const hiding = withheld(poll, voter);
  const choices = poll.settings.choices.map((text, index) => ({
    index, text, ...(hiding ? {} : { votes: then.votes[index] }),
  }));
  return { ...head(poll, then), choices, ...(hiding && { withheld: hiding }) };
}

export function frameBody(poll: FakePoll, voter: string | null): object {
  const hiding = withheld(poll, voter);
  const counts = hiding ? { withheld: hiding } : { votes: poll.now.votes };
  return { ...head(poll, poll.now), ...counts };
}

export function pastOf(poll: FakePoll, query: URLSearchParams): Snapshot {
  const seq = query.get('seq');
  const at = query.get('at');
  if (seq !== null) {
    if (!/^(0|[1-9]\d*)$/.test(seq)) throw new Refusal(400, 'bad_request');
    return poll.history[Number(seq)] ?? poll.now;
  }
  const limit = Date.parse(at!);
  if (!Number.isFinite(limit)) throw new Refusal(400, 'bad_request');
  return poll.history.findLast((row) => row.at <= limit) ?? poll.history[0];
}

export function windowsBody(poll: FakePoll, query: URLSearchParams): object {
  const width = Number(query.get('width') ?? 60);
  if (!(width >= 1 && width <= 3600)) throw new Refusal(400, 'bad_request');
  const from = Date.parse(query.get('from') ?? '') || poll.history[0].at;
  const to = Date.parse(query.get('to') ?? '') || Date.now();
  const windows = new Map<number, { counted: number; void: number }>();
  for (const entry of poll.entries) {
    if (!entry.voter || entry.at < from || entry.at >= to) continue;
    const start = from + Math.floor((entry.at - from) / (width * 1000)) * width * 1000;
    const window = windows.get(start) ?? { counted: 0, void: 0 };
    window[entry.verdict]++;
    windows.set(start, window);
  }
  const list = [...windows].map(([at, counts]) => ({ at: iso(at), ...counts }));
  return { poll: poll.id, width, windows: list };
}

export function entryBody(entry: Entry, hiding: boolean): object {
  const at = iso(entry.at);
  if (!hiding) return { ...entry, at };
  const { seq, type, verdict, reason, voter } = entry;
  return { seq, at, type, verdict, reason, voter, vote_id: null, choices: null, replaces: null };
}

const known = 'after order limit type verdict reason voter vote_id from to'.split(' ');

export function entriesBody(poll: FakePoll, query: URLSearchParams, hiding: boolean): object {
  for (const name of query.keys()) {
    if (!known.includes(name)) throw new Refusal(400, 'bad_request');
  }
  const limit = Number(query.get('limit') ?? 100);
  const descending = query.get('order') === 'desc';
  const after = query.get('after');
  const rows = descending ? [...poll.entries].reverse() : poll.entries;
  const found = rows.filter((entry) => {
    const passed = descending ? entry.seq < Number(after) : entry.seq > Number(after);
    return (after === null || passed) && matches(entry, query);
  });
  const page = found.slice(0, limit);
  const more = found.length > limit;
  return {
    entries: page.map((entry) => entryBody(entry, hiding)),
    ...(more && { next: page.at(-1)!.seq }),
  };
}

function matches(entry: Entry, query: URLSearchParams): boolean {
  for (const name of ['type', 'verdict', 'reason', 'voter', 'vote_id'] as const) {
    const wanted = query.get(name);
    if (wanted !== null && entry[name] !== wanted) return false;
  }
  const from = Date.parse(query.get('from') ?? '');
  const to = Date.parse(query.get('to') ?? '');
  return !(entry.at < from) && !(entry.at >= to);
}

export function canonical(poll: FakePoll, entry: Entry): string {
  const { type, voter, vote_id, choices, replaces } = entry;
  const event = {
    type, poll: poll.id, ...(voter && { voter, vote_id }), ...(choices && { choices }),
    ...(replaces !== null && { replaces }),
  };
  return `${entry.at} ${JSON.stringify(event)}`;
}
