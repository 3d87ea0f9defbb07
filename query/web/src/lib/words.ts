import words from '../../pages/words.json';

interface Notice {
  tone: string;
  text: string;
}

export const notices: Record<string, Notice | undefined> = words.notices;
export const reasons: Record<string, string | undefined> = words.reasons;
export const ballotWords: Record<string, string | undefined> = words.ballot;
export const withheldWords = words.withheld;
export const messages: Record<string, { title: string; text: string } | undefined> = words.messages;
export const statusWords = words.status;

const grouped = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return grouped.format(value);
}

export function votesWord(voters: number): string {
  if (voters === 0) return 'No votes yet';
  return voters === 1 ? '1 vote' : `${count(voters)} votes`;
}

/** Rounded percent of the voters, as the server renders it. */
export function percent(votes: number, voters: number): number {
  return voters > 0 ? Math.round((100 * votes) / voters) : 0;
}
