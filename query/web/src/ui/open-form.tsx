import { useEffect, useRef } from 'preact/hooks';
import {
  busy, choices, closesAt, dropChoice, maxChoices, open, openFor, pasteChoices, question, trouble,
  writeChoice,
} from '../opening/draft.ts';
import { localInput } from '../lib/time.ts';
import { FieldError, faultOf, focusField } from './field.tsx';
import { MoreOptions } from './open-more.tsx';

/** Renders over the server's page, so its first shape is that of `pages/open.html`. */
export function OpenForm() {
  return (
    <form class="card open-form" noValidate onSubmit={submit}>
      <Question />
      <Options />
      <OpenFor />
      <MoreOptions />
      <div class="actions end">
        <p class="error" role="alert">{trouble.value}</p>
        <button class="primary" aria-busy={busy.value}>
          {busy.value ? 'Opening…' : 'Open poll'}
        </button>
      </div>
    </form>
  );
}

async function submit(event: Event): Promise<void> {
  event.preventDefault();
  const fault = await open();
  if (fault) requestAnimationFrame(() => focusField(fault));
}

function Question() {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = field.current!;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  }, [question.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    focusField('choice0');
  };
  return (
    <>
      <h1><label for="question">What do you want to ask?</label></h1>
      <div class="field">
        <textarea
          ref={field} id="question" class="question" name="question" rows={1} maxLength={240}
          placeholder="Lunch today?" dir="auto" autocomplete="off" value={question.value}
          {...faultOf('question')} onKeyDown={onKeyDown}
          onInput={(event) => (question.value = event.currentTarget.value.replace(/\n/g, ' '))}
        />
        <FieldError id="question" />
      </div>
    </>
  );
}

const hints = ['Pizza', 'Sushi'];

function Options() {
  return (
    <fieldset class="options">
      <legend>Choices</legend>
      {choices.value.map((text, index) => <Option key={index} index={index} text={text} />)}
    </fieldset>
  );
}

function Option({ index, text }: { index: number; text: string }) {
  const id = `choice${index}`;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    if (text.trim() && index + 1 < maxChoices) focusField(`choice${index + 1}`);
  };
  const remove = () => {
    dropChoice(index);
    requestAnimationFrame(() => focusField(`choice${Math.max(0, index - 1)}`));
  };
  return (
    <div class="option">
      <input
        id={id} type="text" aria-label={`Choice ${index + 1}`} maxLength={120} dir="auto"
        placeholder={hints[index] ?? 'Add a choice'} autocomplete="off" value={text}
        {...faultOf(id)} onKeyDown={onKeyDown} onPaste={(event) => paste(event, index)}
        onInput={(event) => writeChoice(index, event.currentTarget.value)}
      />
      {text !== '' && (
        <button type="button" class="remove" aria-label={`Remove choice ${index + 1}`}
          onClick={remove}>✕</button>
      )}
      <FieldError id={id} />
    </div>
  );
}

function paste(event: ClipboardEvent, index: number): void {
  const text = event.clipboardData?.getData('text') ?? '';
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  if (lines.length < 2) return;
  event.preventDefault();
  pasteChoices(index, lines.map((line) => line.slice(0, 120)));
  const last = Math.min(index + lines.length, choices.value.length - 1);
  requestAnimationFrame(() => focusField(`choice${last}`));
}

const spans: [number | 'custom', string][] = [
  [600, '10 min'], [3600, '1 hour'], [86400, '1 day'], ['custom', 'Custom'],
];

function OpenFor() {
  const pick = (value: number | 'custom') => {
    openFor.value = value;
    if (value === 'custom') closesAt.value ||= localInput(Date.now() + 7200000);
  };
  return (
    <div class="open-for">
      <fieldset class="segments">
        <legend>Open for</legend>
        {spans.map(([value, label]) => (
          <label key={label}>
            <input type="radio" name="open-for" checked={openFor.value === value}
              onChange={() => pick(value)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
      {openFor.value === 'custom' && (
        <div class="field">
          <label for="closes">Closes at</label>
          <input id="closes" type="datetime-local" value={closesAt.value} {...faultOf('closes')}
            onInput={(event) => (closesAt.value = event.currentTarget.value)} />
          <FieldError id="closes" />
        </div>
      )}
    </div>
  );
}
