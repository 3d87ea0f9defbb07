import { render } from 'preact';
import { opened, pasteChoices, question } from '../opening/draft.ts';
import { Announcer } from '../ui/announcer.tsx';
import { focusField } from '../ui/field.tsx';
import { OpenForm } from '../ui/open-form.tsx';
import { OpenedView } from '../ui/opened.tsx';

/** What was written before the script came stays written. */
function takeOver(app: HTMLElement): void {
  const written = app.querySelector<HTMLTextAreaElement>('#question');
  question.value = written?.value ?? '';
  const inputs = app.querySelectorAll<HTMLInputElement>('.option input');
  pasteChoices(0, Array.from(inputs, (input) => input.value));
}

function OpenPage() {
  return (
    <>
      {opened.value ? <OpenedView poll={opened.value} /> : <OpenForm />}
      <Announcer />
    </>
  );
}

export function startOpenPage(app: HTMLElement): void {
  takeOver(app);
  render(<OpenPage />, app);
  if (document.activeElement === document.body) focusField('question');
}
