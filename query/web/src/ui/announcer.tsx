import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { notice } from '../poll/ballot.ts';
import { held, live, past, poll } from '../poll/store.ts';

const everyMs = 5000;
const spokenChoices = 6;

/** The one polite live region: what happened to the own vote, and the result at most every 5 s. */
export function Announcer() {
  const text = useSignal('');
  useEffect(() => {
    let said = live.value.seq;
    const timer = setInterval(() => {
      if (live.value.seq === said || past.value || held.value) return;
      said = live.value.seq;
      text.value = spoken();
    }, everyMs);
    return () => clearInterval(timer);
  }, []);
  const told = notice.value?.text;
  useEffect(() => {
    if (told) text.value = told;
  }, [told]);
  return <p class="sr" role="status">{text.value}</p>;
}

function spoken(): string {
  const { votes } = live.value;
  if (!votes) return '';
  const ranked = votes.map((value, index) => ({ value, name: poll.choices[index]! }));
  if (ranked.length > spokenChoices) ranked.sort((a, b) => b.value - a.value);
  const told = ranked.slice(0, spokenChoices);
  return told.map(({ name, value }) => `${name.slice(0, 40)} ${value}`).join(', ');
}
