import { reasons } from '../lib/words.ts';
import { change, filter, noFilter } from '../poll/audit.ts';
import type { Filter } from '../poll/audit.ts';

const types: [string, string][] = [
  ['', 'All kinds'],
  ['vote.cast.v1', 'Votes'],
  ['vote.retracted.v1', 'Taken back'],
  ['poll.extended.v1', 'Extended'],
  ['codes.issued.v1', 'Codes'],
  ['poll.closed.v1', 'Closed'],
];

const verdicts: [string, string][] = [
  ['', 'Counted and void'],
  ['counted', 'Counted'],
  ['void', 'Not counted'],
];

const orders: [string, string][] = [['desc', 'Newest first'], ['asc', 'Oldest first']];

const voidReasons: [string, string][] = [
  ['', 'Any reason'],
  ...Object.entries(reasons).map(([code, text]): [string, string] => [code, text!]),
];

export function Filters() {
  const active = Object.entries(filter.value).some(
    ([name, value]) => name !== 'order' && value !== '',
  );
  return (
    <div class="filters">
      <Choose name="type" label="Kind" options={types} />
      <Choose name="verdict" label="Verdict" options={verdicts} />
      <Choose name="order" label="Order" options={orders} />
      {filter.value.verdict === 'void' && (
        <Choose name="reason" label="Reason" options={voidReasons} />
      )}
      <details class="more-filters">
        <summary>Time and voter</summary>
        <div class="filters">
          <Write name="from" label="From" time />
          <Write name="to" label="To" time />
          <Write name="voter" label="Voter’s tag" />
          {filter.value.voter && <Write name="vote_id" label="Vote number" />}
        </div>
      </details>
      {active && (
        <button type="button" onClick={() => change({ ...noFilter, order: filter.value.order })}>
          Clear filters
        </button>
      )}
    </div>
  );
}

interface ChooseProps {
  name: keyof Filter;
  label: string;
  options: [string, string][];
}

function Choose({ name, label, options }: ChooseProps) {
  const choose = (value: string) => {
    const rest = name === 'verdict' && value !== 'void' ? { reason: '' } : {};
    change({ ...rest, [name]: value });
  };
  return (
    <label class="filter">
      <span>{label}</span>
      <select onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([value, text]) => (
          <option value={value} selected={filter.value[name] === value}>{text}</option>
        ))}
      </select>
    </label>
  );
}

function Write({ name, label, time }: { name: keyof Filter; label: string; time?: boolean }) {
  const shared = {
    value: filter.value[name],
    onChange: (event: Event) => {
      change({ [name]: (event.currentTarget as HTMLInputElement).value.trim() });
    },
  };
  return (
    <label class="filter">
      <span>{label}</span>
      {time ? <input type="datetime-local" {...shared} />
        : <input type="text" spellcheck={false} {...shared} />}
    </label>
  );
}
