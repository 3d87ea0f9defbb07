import { signal } from '@preact/signals';
import { keep, kept } from '../lib/browser.ts';
import { poll } from './store.ts';

const key = `fp-code:${poll.id}`;

/** The one-time code of a `codes` poll; forgotten with the tab, once it has voted. */
export const voterCode = signal(kept<string>('sessionStorage', key) ?? '');

/** As it is typed or printed, in groups. */
export function writeCode(text: string): void {
  voterCode.value = text.replace(/\s/g, '').toUpperCase();
}

export function keepCode(code: string): void {
  keep('sessionStorage', key, code);
}

/** In an open poll the cookie does this. */
export function credential(): Record<string, string> {
  const usesCode = poll.eligibility === 'codes' && voterCode.value;
  return usesCode ? { 'Voter-Code': voterCode.value } : {};
}
