import { ago, clock, countdown, moment, now } from '../lib/time.ts';
import { statusWords, votesWord, withheldWords } from '../lib/words.ts';
import { connection, held, live, past, poll, shown, status } from '../poll/store.ts';

export function StateLine({ pause = true }: { pause?: boolean }) {
  const { tone, words } = stateWords();
  return (
    <p class={`state ${tone}`}>
      <span class="dot" aria-hidden="true" />
      <span class="words">{words}</span>
      {pause && <PauseButton />}
    </p>
  );
}

function stateWords(): { tone: string; words: string } {
  const showing = `showing ${clock(shown.value.at)}`;
  const lost = (words: string) => ({ tone: 'lost', words: `${words} · ${showing}` });
  if (past.value) {
    return { tone: 'replay', words: `Replay · as it was at ${moment(past.value.at)}` };
  }
  if (held.value) return lost('Paused');
  if (connection.value === 'offline') return lost('Offline');
  if (connection.value === 'lost') return lost('Reconnecting');
  return { tone: status.value, words: liveWords() };
}

function liveWords(): string {
  if (status.value === 'scheduled' && poll.opens_at) {
    return `Opens in ${countdown(Date.parse(poll.opens_at) - now.value)}`;
  }
  if (status.value === 'open') {
    return `live · closes in ${countdown(Date.parse(live.value.closes_at) - now.value)}`;
  }
  return statusWords[status.value];
}

/** Moving content can be stopped (WCAG 2.2.2); nothing moves once the result is final. */
function PauseButton() {
  if (past.value || connection.value === 'ended' || status.value === 'scheduled') return null;
  const toggle = () => (held.value = held.value ? null : live.value);
  return (
    <button type="button" class="small" aria-pressed={held.value !== null} onClick={toggle}>
      {held.value ? 'Resume' : 'Pause'}
    </button>
  );
}

export function Tally() {
  const { voters, at, withheld, seq } = shown.value;
  const parts = [votesWord(voters)];
  if (past.value) parts.push(`after entry ${seq}`);
  else if (withheld) parts.push(withheldWords[withheld]);
  else if (voters > 0 && status.value === 'open') parts.push(`last one ${ago(at)}`);
  return <p class="tally">{parts.join(' · ')}</p>;
}
