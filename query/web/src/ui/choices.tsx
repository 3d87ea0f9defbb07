import { changing, picked, sending } from '../poll/ballot.ts';
import { latest, mine, poll, shown, status } from '../poll/store.ts';
import { count, percent } from '../lib/words.ts';

/** True while the visitor may fill in a ballot. */
export function votable(): boolean {
  if (status.value !== 'open' || poll.eligibility === 'trusted') return false;
  if (mine.value) return poll.allow_change && changing.value;
  return latest.value === null || poll.allow_change;
}

export function Choices({ readOnly = false }: { readOnly?: boolean }) {
  const inputs = !readOnly && votable();
  return (
    <div class="choices">
      {poll.choices.map((text, index) => (
        <Choice key={index} index={index} text={text} input={inputs} />
      ))}
    </div>
  );
}

interface Props {
  index: number;
  text: string;
  input: boolean;
}

function Choice({ index, text, input }: Props) {
  const own = mine.value?.choices.includes(index) && !input;
  return (
    <div class={own ? 'choice own' : 'choice'}>
      {input ? <Pick index={index} text={text} /> : <span class="name" dir="auto">{text}</span>}
      <Figures index={index} />
    </div>
  );
}

function Pick({ index, text }: { index: number; text: string }) {
  const single = poll.max === 1;
  const choose = (on: boolean) => {
    if (single) picked.value = [index];
    else picked.value = picked.value.filter((other) => other !== index).concat(on ? index : []);
  };
  return (
    <>
      <input
        type={single ? 'radio' : 'checkbox'}
        name="choice"
        value={String(index)}
        id={`c${index}`}
        aria-describedby={`n${index}`}
        checked={picked.value.includes(index)}
        disabled={sending.value !== 'idle'}
        onChange={(event) => choose(event.currentTarget.checked)}
      />
      <label for={`c${index}`} dir="auto">{text}</label>
    </>
  );
}

function Figures({ index }: { index: number }) {
  const { votes, voters } = shown.value;
  const own = votes?.[index] ?? 0;
  const digits = `${Math.max(3, count(voters).length)}ch`;
  const width = voters > 0 ? ((100 * own) / voters).toFixed(2) : '0';
  return (
    <>
      <span class="figures" id={`n${index}`}>
        {votes && <span class="share">{percent(own, voters)}{'\u00a0'}%</span>}
        {votes && ' '}
        {votes && <span class="count" style={{ minWidth: digits }}>{count(own)}</span>}
      </span>
      <svg class="bar" aria-hidden="true">
        <rect class="fill" width={`${votes ? width : 0}%`} height="100%" rx="4" />
      </svg>
    </>
  );
}
