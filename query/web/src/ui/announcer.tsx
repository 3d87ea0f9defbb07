import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { notice } from '../poll/ballot.ts';
import { held, live, past, poll } from '../poll/store.ts';

const everyMs = 5000;
const spokenChoices = 6;
const spoken = signal('');

/** For screen readers: what just happened on the visitor's own doing. */
export function say(text: string): void {
  spoken.value = text;
}

/** The one polite live region of a page. */
export function Announcer() {
  return <p class="sr" role="status">{spoken.value}</p>;
}

/** Speaks the answer to the own vote, and the result at most every 5 s. */
export function PollAnnouncer() {
  useEffect(() => {
    let said = live.value.seq;
    const timer = setInterval(() => {
      if (live.value.seq === said || past.value || held.value) return;
      said = live.value.seq;
      say(resultWords());
    }, everyMs);
    return () => clearInterval(timer);
  }, []);
  const told = notice.value?.text;
  useEffect(() => {
    if (told) say(told);
  }, [told]);
  return <Announcer />;
}

function resultWords(): string {
  const { votes } = live.value;
  if (!votes) return '';
  const ranked = votes.map((value, index) => ({ value, name: poll.choices[index]! }));
  if (ranked.length > spokenChoices) ranked.sort((a, b) => b.value - a.value);
  const told = ranked.slice(0, spokenChoices);
  return told.map(({ name, value }) => `${name.slice(0, 40)} ${value}`).join(', ');
}
