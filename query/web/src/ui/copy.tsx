import { useSignal } from '@preact/signals';
import { copyText } from '../lib/browser.ts';
import { say } from './announcer.tsx';

interface Props {
  text: string | (() => string);
  label?: string;
  primary?: boolean;
}

export function CopyButton({ text, label = 'Copy', primary }: Props) {
  const said = useSignal('');
  const copy = async () => {
    const done = await copyText(typeof text === 'string' ? text : text());
    said.value = done ? 'Copied' : 'Press Ctrl+C';
    say(said.value);
    setTimeout(() => (said.value = ''), 2500);
  };
  return (
    <button type="button" class={primary ? 'primary' : ''} onClick={copy}>
      {said.value || label}
    </button>
  );
}

export function LinkField({ label, value, id }: { label: string; value: string; id: string }) {
  return (
    <div class="field link-field">
      <label for={id}>{label}</label>
      <div class="with-button">
        <input id={id} readOnly value={value} onFocus={(event) => event.currentTarget.select()} />
        <CopyButton text={value} />
      </div>
    </div>
  );
}
