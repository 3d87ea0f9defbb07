import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { moment } from '../lib/time.ts';
import type { Entry } from '../lib/types.ts';
import { reasons } from '../lib/words.ts';
import {
  change, entries, line, list, newer, next, readAt, state, trouble,
} from '../poll/audit.ts';
import { api, poll } from '../poll/store.ts';
import { Filters } from './audit-filters.tsx';

/** Every entry of the poll's ledger, counted or void. */
export function Audit() {
  useEffect(() => void list(), []);
  return (
    <div class="audit">
      <p class="aside">
        Every entry of this poll in the order that counts. Void entries stay here with their
        reason. The voter is a tag that exists in this poll only.
      </p>
      <Filters />
      <AsOf />
      <ol class="entries" aria-busy={state.value === 'loading'}>
        {entries.value.map((entry) => <Row key={entry.seq} entry={entry} />)}
      </ol>
      <End />
      <p class="exports">
        Export everything: <a href={`${api}/export.csv`}>CSV</a>
        {' · '}
        <a href={`${api}/export.ndjson`}>NDJSON</a>
      </p>
    </div>
  );
}

function AsOf() {
  const more = newer.value;
  return (
    <p class="as-of aside">
      {readAt.value === null ? '\u00a0' : `As of entry ${readAt.value}.`}
      {more > 0 && (
        <button type="button" onClick={() => void list()}>
          {more === 1 ? 'Show 1 newer entry' : `Show ${more} newer entries`}
        </button>
      )}
    </p>
  );
}

function End() {
  if (state.value === 'failed') {
    return (
      <p class="error">
        {trouble.value} <button type="button" onClick={() => void list()}>Try again</button>
      </p>
    );
  }
  if (state.value === 'loading') return <p class="aside">Reading…</p>;
  if (next.value !== null) {
    return <button type="button" onClick={() => void list(true)}>Show more</button>;
  }
  return <p class="aside">{entries.value.length ? 'No more entries.' : 'No such entries.'}</p>;
}

function Row({ entry }: { entry: Entry }) {
  const canonical = useSignal('');
  const toggle = async () => {
    canonical.value = canonical.value ? '' : await line(entry.seq);
  };
  const isVoid = entry.verdict === 'void';
  return (
    <li class={isVoid ? 'entry void' : 'entry'}>
      <span class="seq">{entry.seq}</span>
      <span class="what">
        <span dir="auto">{whatWords(entry)}</span>
        {isVoid && <span class="reason">{voidWords(entry)}</span>}
      </span>
      <span class="when">{moment(entry.at)}</span>
      <span class="who">
        {entry.voter && (
          <button type="button" class="tag" title="Only this voter"
            onClick={() => change({ voter: entry.voter! })}>
            <span class="sr">Only voter </span>{entry.voter.slice(0, 6)}
          </button>
        )}
        <button type="button" class="tag" aria-expanded={canonical.value !== ''} onClick={toggle}>
          Line<span class="sr"> of entry {entry.seq}</span>
        </button>
      </span>
      {canonical.value && <code class="canonical">{canonical.value}</code>}
    </li>
  );
}

const kinds: Record<string, string> = {
  'poll.opened': 'Poll opened',
  'vote.retracted': 'Vote taken back',
  'codes.issued': 'One-time codes made',
  'poll.extended': 'Open for longer',
  'poll.closed': 'Poll closed',
  'poll.hidden': 'Poll removed by its owner',
};

function whatWords(entry: Entry): string {
  const kind = entry.type.replace(/\.v\d+$/, '');
  if (kind !== 'vote.cast') return kinds[kind] ?? entry.type;
  if (!entry.choices) return 'Vote';
  const names = entry.choices.map((index) => poll.choices[index] ?? `choice ${index}`).join(', ');
  return entry.replaces === null ? names : `${names} (replaces entry ${entry.replaces})`;
}

function voidWords(entry: Entry): string {
  const reason = entry.reason ?? '';
  return `Not counted: ${reasons[reason] ?? reason}.`;
}

