import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Receipt } from '../lib/types.ts';
import { moment } from '../lib/time.ts';
import { ballotWords } from '../lib/words.ts';
import {
  changing, codeError, giveUp, howMany, notice, picked, retryNow, sending, takeBack,
} from '../poll/ballot.ts';
import { voterCode, writeCode } from '../poll/credential.ts';
import { api, mine, poll, status } from '../poll/store.ts';
import { votable } from './choices.tsx';
import { CopyButton } from './copy.tsx';

export function BallotArea() {
  const told = notice.value;
  return (
    <div class="ballot">
      {told && <p class={`notice ${told.tone}`}>{told.text}</p>}
      {content()}
    </div>
  );
}

function content() {
  if (sending.value === 'waiting') return <Waiting />;
  if (votable()) return <Voting />;
  if (mine.value) return <Voted receipt={mine.value} />;
  const words = poll.eligibility === 'trusted' && status.value === 'open'
    ? ballotWords.trusted : ballotWords[status.value];
  return words ? <p class="mine">{words}</p> : null;
}

function Voting() {
  const busy = sending.value === 'sending';
  const again = mine.value !== null;
  return (
    <>
      {poll.eligibility === 'codes' && !again && <CodeField />}
      <div class="actions" key="vote">
        <button class="primary" aria-busy={busy}>
          {busy ? 'Sending…' : again ? 'Save change' : 'Vote'}
        </button>
        {again && !busy && (
          <button type="button" onClick={() => (changing.value = false)}>Keep my vote</button>
        )}
        {poll.max > 1 && <span class="hint">{howMany(poll.min, poll.max).slice(7, -1)}</span>}
      </div>
    </>
  );
}

function CodeField() {
  const error = codeError.value;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (error) field.current?.focus();
  }, [error]);
  return (
    <div class="field">
      <label for="code">Your one-time code</label>
      <input
        ref={field} id="code" name="code" class="code" autocomplete="off" spellcheck={false}
        value={voterCode.value} aria-invalid={error !== ''} aria-describedby="code-error"
        onInput={(event) => writeCode(event.currentTarget.value)}
      />
      <p class="error" id="code-error">{error}</p>
    </div>
  );
}

function Waiting() {
  return (
    <div class="actions" key="waiting">
      <button type="button" class="primary" onClick={retryNow}>Try now</button>
      <button type="button" onClick={giveUp}>Stop trying</button>
    </div>
  );
}

function Voted({ receipt }: { receipt: Receipt }) {
  const open = useSignal(false);
  const words = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const lost = document.activeElement === document.body;
    if (lost && notice.value) words.current?.focus({ preventScroll: true });
  }, [receipt.seq]);
  const names = receipt.choices.map((index) => poll.choices[index]).join(', ');
  const free = poll.allow_change && status.value === 'open';
  const change = () => {
    picked.value = [...receipt.choices];
    changing.value = true;
  };
  return (
    <>
      <p class="mine" tabIndex={-1} ref={words}>
        You voted <b dir="auto">{names}</b> · entry {receipt.seq}
      </p>
      <div class="actions" key="voted">
        {free && <button type="button" onClick={change}>Change</button>}
        {free && <button type="button" onClick={takeBack}>{takeBackWord()}</button>}
        <button type="button" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
          Receipt
        </button>
      </div>
      {open.value && <ReceiptView receipt={receipt} />}
    </>
  );
}

function takeBackWord(): string {
  return sending.value === 'sending' ? 'Taking back…' : 'Take back';
}

function ReceiptView({ receipt }: { receipt: Receipt }) {
  return (
    <div class="receipt">
      <dl>
        <dt>Entry</dt>
        <dd><a href={`${api}/entries/${receipt.seq}`}>{receipt.seq}</a></dd>
        <dt>Counted at</dt>
        <dd>{moment(receipt.at)}</dd>
        <dt>Vote number</dt>
        <dd><code>{receipt.vote_id}</code></dd>
      </dl>
      <CopyButton text={JSON.stringify(receipt)} label="Copy receipt" />
    </div>
  );
}
