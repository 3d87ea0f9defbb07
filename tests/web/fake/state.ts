import type { IncomingMessage } from 'node:http';
import { createHash, randomUUID } from 'node:crypto';
import { FakePoll, Refusal } from './poll.ts';
import type { Entry } from './poll.ts';

export interface Call {
  request: IncomingMessage;
  base: string;
  path: string;
  query: URLSearchParams;
  method: string;
  text: string;
  cookie: string | null;
}

export interface Ballot {
  choices: number[];
  vote_id: string;
  replaces: number | null;
  code: string | null;
}

export const polls = new Map<string, FakePoll>();

export function tag(poll: FakePoll, identity: string): string {
  const hash = createHash('sha256').update(`${poll.id} ${identity}`).digest();
  return hash.subarray(0, 16).toString('base64url');
}

/** The caller's tag in this poll, or null without a valid credential. */
export function voterOf(poll: FakePoll, call: Call, code: string | null = null): string | null {
  if (poll.settings.eligibility === 'open') return call.cookie && tag(poll, call.cookie);
  const header = call.request.headers['voter-code'];
  const given = code ?? (typeof header === 'string' ? header : null);
  const code16 = given?.replaceAll('-', '');
  return code16 && poll.codes.includes(code16) ? tag(poll, code16) : null;
}

export function cast(poll: FakePoll, call: Call, ballot: Ballot) {
  const voter = voterOf(poll, call, ballot.code) ?? anonymous(poll, call, ballot);
  return poll.vote({
    voter, vote_id: ballot.vote_id, choices: ballot.choices, replaces: ballot.replaces,
  });
}

function anonymous(poll: FakePoll, call: Call, ballot: Ballot): string {
  if (poll.settings.eligibility === 'open') return tag(poll, randomUUID());
  const given = ballot.code ?? call.request.headers['voter-code'];
  throw given ? new Refusal(403, 'credential_invalid') : new Refusal(401, 'credential_missing');
}

export function retract(poll: FakePoll, call: Call, seq: number): Entry {
  const voter = voterOf(poll, call);
  if (!voter) throw new Refusal(401, 'credential_missing');
  const vote_id = createHash('sha256').update(`${voter} ${seq}`).digest('hex').slice(0, 32);
  return poll.vote({ voter, vote_id, choices: null, replaces: seq }).entry;
}
