import { useSignal } from '@preact/signals';
import { makeCodes, pageSize, sheet, showCodes, grouped } from '../owner/codes.ts';
import { busy } from '../owner/owner.ts';
import { link, poll, shortLink } from '../poll/store.ts';
import { CopyButton } from './copy.tsx';

export function Codes() {
  const wanted = useSignal(30);
  const shown = sheet.value;
  return (
    <section class="card codes">
      <h2>One-time codes</h2>
      <p class="says">Each code votes once. Hand them out on paper or by message.</p>
      <div class="actions">
        <label class="field inline">
          <span>How many</span>
          <input type="number" min="1" max="10000" value={wanted.value}
            onInput={(event) => (wanted.value = event.currentTarget.valueAsNumber)} />
        </label>
        <button type="button" class="primary" disabled={!(wanted.value >= 1)}
          onClick={() => void makeCodes(wanted.value)}>
          {busy.value === 'codes' ? 'Making…' : 'Make new codes'}
        </button>
        <button type="button" onClick={() => void showCodes(0)}>Show earlier ones</button>
      </div>
      {shown && <Sheet first={shown.first} codes={shown.codes} />}
    </section>
  );
}

function Sheet({ first, codes }: { first: number; codes: string[] }) {
  if (!codes.length) return <p class="aside">No codes from number {first + 1} on.</p>;
  const last = first + codes.length;
  return (
    <>
      <div class="actions">
        <span>Codes {first + 1} to {last}</span>
        <CopyButton label="Copy all" text={codes.join('\n')} />
        <CopyButton label="Copy as links"
          text={codes.map((code) => `${link}#code=${code}`).join('\n')} />
        <button type="button" onClick={() => window.print()}>Print sheet</button>
        {codes.length >= pageSize && (
          <button type="button" onClick={() => void showCodes(last)}>Further ones</button>
        )}
      </div>
      <ol class="sheet" start={first + 1} tabIndex={0} aria-label="Codes">
        {codes.map((code) => (
          <li key={code}>
            <span class="sheet-question" dir="auto">{poll.question}</span>
            <code>{grouped(code)}</code>
            <span class="sheet-link">{shortLink}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
