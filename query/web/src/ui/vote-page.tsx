import { signal, useSignalEffect } from '@preact/signals';
import { setAddress } from '../lib/browser.ts';
import { messages, notices } from '../lib/words.ts';
import { cast, notice } from '../poll/ballot.ts';
import { pausePlaying } from '../poll/replay.ts';
import { hidden, poll } from '../poll/store.ts';
import { PollAnnouncer } from './announcer.tsx';
import { Audit } from './audit.tsx';
import { BallotArea } from './ballot-area.tsx';
import { Choices } from './choices.tsx';
import { History } from './history.tsx';
import { Share } from './share.tsx';
import { StateLine, Tally } from './state-line.tsx';

type PanelName = 'audit' | 'share' | '';

const panel = signal<PanelName>('');

/** Renders over the server's page, so its first shape is that of `pages/vote.html`. */
export function VotePage() {
  useSignalEffect(() => {
    if (hidden.value) pausePlaying();
  });
  if (hidden.value) return <Removed />;
  return (
    <>
      <form class="card poll" method="post" action={`/p/${poll.id}`} onSubmit={submit}>
        <fieldset>
          <legend><h1 dir="auto">{poll.question}</h1></legend>
          <StateLine />
          <Choices />
        </fieldset>
        <BallotArea />
        <Tally />
      </form>
      <div class="later">
        <History />
        <Panels />
      </div>
      <PollAnnouncer />
    </>
  );
}

function submit(event: Event): void {
  event.preventDefault();
  cast();
}

function Removed() {
  const { title, text } = messages.poll_hidden!;
  return (
    <section class="card">
      <h1>{title}</h1>
      <p>{text}</p>
      <p class="actions"><a class="button" href="/">Open a poll</a></p>
    </section>
  );
}

function Panels() {
  const name = panel.value;
  return (
    <>
      <div class="tabs">
        <PanelButton name="audit" label="Every vote (audit)" />
        <PanelButton name="share" label="Share / QR" />
      </div>
      {name !== '' && (
        <section class="card" aria-label={name === 'audit' ? 'Every vote' : 'Share'}>
          {name === 'audit' ? <Audit /> : <Share />}
        </section>
      )}
    </>
  );
}

function PanelButton({ name, label }: { name: PanelName; label: string }) {
  const open = panel.value === name;
  return (
    <button type="button" aria-expanded={open} onClick={() => show(open ? '' : name)}>
      {label}
    </button>
  );
}

function show(name: PanelName): void {
  panel.value = name;
  setAddress((url) => (url.hash = name));
}

/** On load: what the address asks for. */
export function openAsked(): void {
  const asked = location.hash.slice(1);
  if (asked === 'audit' || asked === 'share') show(asked);
  const code = new URLSearchParams(location.search).get('notice');
  if (code && notices[code]) {
    notice.value = notices[code]!;
    setAddress((url) => url.searchParams.delete('notice'));
  }
}
