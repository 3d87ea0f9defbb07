import type { Signal } from '@preact/signals';
import {
  allowChange, atMost, choices, codes, opensAt, results, several,
} from '../opening/draft.ts';
import { FieldError, faultOf } from './field.tsx';

/** Folded; each option has one line that says what it does. */
export function MoreOptions() {
  return (
    <details class="more">
      <summary>
        More<span class="aside"> · several choices, hidden results, changes, codes</span>
      </summary>
      <Switch value={several} id="several" label="Several choices"
        says="Voters may pick more than one." />
      {several.value && <AtMost />}
      <Results />
      <Switch value={allowChange} id="allow-change" label="Allow changes"
        disabled={results.value === 'after_vote'} says={changeWords()} />
      <Switch value={codes} id="codes" label="One-time codes"
        says="Only people to whom you give a code can vote, each code once." />
      <div class="field">
        <label for="opens">Start later</label>
        <input id="opens" type="datetime-local" value={opensAt.value} {...faultOf('opens')}
          onInput={(event) => (opensAt.value = event.currentTarget.value)} />
        <p class="says">Empty: the poll opens at once.</p>
        <FieldError id="opens" />
      </div>
    </details>
  );
}

function changeWords(): string {
  if (results.value === 'after_vote') {
    return 'Not together with “after voting”: one could peek and then change.';
  }
  return 'Voters may change or take back their vote until the poll closes.';
}

interface SwitchProps {
  value: Signal<boolean>;
  id: string;
  label: string;
  says: string;
  disabled?: boolean;
}

function Switch({ value, id, label, says, disabled = false }: SwitchProps) {
  return (
    <div class="switch">
      <input type="checkbox" id={id} checked={value.value && !disabled} disabled={disabled}
        aria-describedby={`${id}-says`}
        onChange={(event) => (value.value = event.currentTarget.checked)} />
      <label for={id}>{label}</label>
      <p class="says" id={`${id}-says`}>{says}</p>
    </div>
  );
}

function AtMost() {
  const filled = choices.value.filter((text) => text.trim()).length;
  const options = Array.from({ length: Math.max(0, filled - 2) }, (_unused, index) => index + 2);
  return (
    <div class="field inline">
      <label for="at-most">At most</label>
      <select id="at-most"
        onChange={(event) => (atMost.value = Number(event.currentTarget.value))}>
        <option value={0} selected={atMost.value === 0}>all of them</option>
        {options.map((value) => (
          <option value={value} selected={atMost.value === value}>{value}</option>
        ))}
      </select>
    </div>
  );
}

const resultWords = {
  live: 'Everybody sees the bars move from the start.',
  after_vote: 'Who has voted sees the bars; others only the number of votes.',
  after_close: 'Nobody, you included, sees results before the poll closes.',
};

function Results() {
  const pick = (value: string) => (results.value = value as keyof typeof resultWords);
  const options: [string, string][] = [
    ['live', 'at once'], ['after_vote', 'after voting'], ['after_close', 'when the poll closes'],
  ];
  return (
    <div class="field">
      <label for="results">Show results</label>
      <select id="results" aria-describedby="results-says"
        onChange={(event) => pick(event.currentTarget.value)}>
        {options.map(([value, label]) => (
          <option value={value} selected={results.value === value}>{label}</option>
        ))}
      </select>
      <p class="says" id="results-says">{resultWords[results.value]}</p>
    </div>
  );
}
