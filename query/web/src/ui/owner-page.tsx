import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef, useEffect } from 'preact/hooks';
import { localInput, moment } from '../lib/time.ts';
import { messages } from '../lib/words.ts';
import {
  busy, closeNow, extendBy, extendTo, hide, takeToken, token, told,
} from '../owner/owner.ts';
import { hidden, link, live, poll, status } from '../poll/store.ts';
import { PollAnnouncer, say } from './announcer.tsx';
import { Choices } from './choices.tsx';
import { LinkField } from './copy.tsx';
import { Codes } from './owner-codes.tsx';
import { Qr } from './share.tsx';
import { StateLine, Tally } from './state-line.tsx';

export function OwnerPage() {
  useSignalEffect(() => say(told.value?.text ?? ''));
  if (hidden.value) return <Removed />;
  const ended = status.value === 'closed' || status.value === 'parked';
  return (
    <>
      {told.value && <p class={`notice ${told.value.tone}`}>{told.value.text}</p>}
      <section class="card poll">
        <p class="kicker">Your poll</p>
        <h1 dir="auto">{poll.question}</h1>
        <StateLine />
        <Choices readOnly />
        <Tally />
      </section>
      {token.value ? (
        <>
          {!ended && <Time />}
          <Room />
          {poll.eligibility === 'codes' && !ended && <Codes />}
          <Remove />
        </>
      ) : <NeedsKey />}
      <PollAnnouncer />
    </>
  );
}

function Removed() {
  return (
    <section class="card">
      <h1>{messages.poll_hidden!.title}</h1>
      <p>Nobody sees it any more. Its entries stay in the ledger.</p>
      <p class="actions"><a class="button" href="/">Open another poll</a></p>
    </section>
  );
}

function NeedsKey() {
  const wrong = useSignal(false);
  return (
    <section class="card">
      <h2>Your manage link is needed</h2>
      <p class="says">The key is the part after “#”. Paste the whole link here.</p>
      <div class="field">
        <label for="key">Manage link</label>
        <input id="key" type="text" autocomplete="off" spellcheck={false}
          aria-invalid={wrong.value} aria-describedby="key-error"
          onInput={(event) => (wrong.value = !takeToken(event.currentTarget.value))} />
        <p class="error" id="key-error">{wrong.value && 'There is no key in this yet.'}</p>
      </div>
    </section>
  );
}

function Time() {
  const custom = useSignal(localInput(Date.parse(live.value.closes_at) + 3600000));
  return (
    <section class="card">
      <h2>Time</h2>
      <p class="says">Closes {moment(live.value.closes_at)}</p>
      <div class="actions">
        <button type="button" onClick={() => void extendBy(600)}>+10 min</button>
        <button type="button" onClick={() => void extendBy(3600)}>+1 hour</button>
        <span class="with-button until">
          <label class="sr" for="until">Open until</label>
          <input id="until" type="datetime-local" value={custom.value}
            onInput={(event) => (custom.value = event.currentTarget.value)} />
          <button type="button" disabled={!custom.value}
            onClick={() => void extendTo(Date.parse(custom.value))}>Set</button>
        </span>
      </div>
      <Asking label="Close now" steps={['Close for good? Voting ends at once.']}
        yes="Close the poll" busyAs="close" act={closeNow} />
    </section>
  );
}

function Room() {
  return (
    <section class="card">
      <h2>For the room</h2>
      <div class="share-body">
        <div>
          <LinkField id="room-link" label="Link for voters" value={link} />
          <div class="actions">
            <a class="button" href={`/p/${poll.id}?screen`} target="_blank" rel="noopener">
              Big screen
            </a>
            <a class="button" href={`/p/${poll.id}`}>Vote page</a>
          </div>
          <p class="aside">The big screen shows question, bars and QR, never your key.</p>
        </div>
        <Qr />
      </div>
    </section>
  );
}

function Remove() {
  return (
    <section class="card">
      <h2>Remove</h2>
      <p class="says">Hides question, choices and results from everybody. It cannot be undone.</p>
      <Asking label="Remove poll" yes="Yes, remove" busyAs="hide" act={hide} danger
        steps={['Remove this poll for everybody?', 'Really? There is no way back.']} />
    </section>
  );
}

interface AskingProps {
  label: string;
  steps: string[];
  yes: string;
  busyAs: string;
  act: () => Promise<void>;
  danger?: boolean;
}

/** Asks as often as there are steps before it acts. */
function Asking({ label, steps, yes, busyAs, act, danger }: AskingProps) {
  const step = useSignal(0);
  const question = useRef<HTMLParagraphElement>(null);
  useEffect(() => question.current?.focus(), [step.value]);
  const tone = danger ? 'danger' : '';
  if (step.value === 0) {
    return (
      <div class="actions">
        <button type="button" class={tone} onClick={() => (step.value = 1)}>{label}</button>
      </div>
    );
  }
  const onward = async () => {
    if (step.value < steps.length) step.value += 1;
    else {
      await act();
      step.value = 0;
    }
  };
  return (
    <div class="asking">
      <p tabIndex={-1} ref={question}>{steps[step.value - 1]}</p>
      <div class="actions">
        <button type="button" class={tone || 'primary'} onClick={onward}>
          {busy.value === busyAs ? 'One moment…' : yes}
        </button>
        <button type="button" onClick={() => (step.value = 0)}>Keep it</button>
      </div>
    </div>
  );
}
