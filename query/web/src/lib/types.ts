/** What the API says, as far as the page reads it (see shared API document, "Queries"). */

export type Status = 'scheduled' | 'open' | 'closing' | 'closed' | 'parked';
export type Withheld = 'after_close' | 'after_vote';

export interface Poll {
  id: string;
  question: string;
  choices: string[];
  min: number;
  max: number;
  results: 'live' | Withheld;
  eligibility: 'open' | 'codes' | 'trusted';
  allow_change: boolean;
  /** When the opening was written: the left end of all history. */
  opened_at: string;
  opens_at: string | null;
  closes_at: string;
  status: Status;
}

/** A result in the shape of the stream; `votes` is null while withheld. */
export interface Result {
  seq: number;
  at: string;
  status: Status;
  final: boolean;
  closes_at: string;
  voters: number;
  votes: number[] | null;
  withheld: Withheld | null;
}

export interface Receipt {
  poll: string;
  seq: number;
  at: string;
  vote_id: string;
  choices: number[];
  replaces?: number | null;
}

export interface Entry {
  seq: number;
  at: string;
  type: string;
  verdict: 'counted' | 'void';
  reason: string | null;
  voter: string | null;
  vote_id: string | null;
  choices: number[] | null;
  replaces: number | null;
  entry?: string;
}

export interface VoteWindow {
  at: string;
  counted: number;
  void: number;
}

/** What the server writes into the page: bodies of the API as of `now`. */
export interface PageState {
  now: string;
  url: string;
  poll: Poll;
  results: ResultsBody;
  mine?: Receipt | { latest: number } | null;
}

export interface ResultsBody {
  seq: number;
  at: string;
  status: Status;
  final: boolean;
  closes_at: string;
  voters: number;
  choices: { votes?: number }[];
  withheld?: Withheld;
}

export function resultOf(body: ResultsBody): Result {
  const votes = body.choices.map((choice) => choice.votes ?? 0);
  const { seq, at, status, final, closes_at, voters } = body;
  const withheld = body.withheld ?? null;
  return { seq, at, status, final, closes_at, voters, votes: withheld ? null : votes, withheld };
}
