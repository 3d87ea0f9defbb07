import { useEffect, useRef } from 'preact/hooks';
import { codes, question } from '../opening/draft.ts';
import type { Opened } from '../opening/draft.ts';
import { LinkField } from './copy.tsx';

/** What stands in place of the form once the poll is open. */
export function OpenedView({ poll }: { poll: Opened }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const absolute = (path: string) => new URL(path, location.origin).toString();
  return (
    <>
      <section class="card opened">
        <p class="kicker">Your poll is open</p>
        <h1 tabIndex={-1} ref={title} dir="auto">{question.value.trim()}</h1>
        <div class="share-body">
          <div>
            <LinkField id="vote-link" label="Send this link to the voters"
              value={absolute(poll.url)} />
            <div class="actions">
              <a class="button primary" href={poll.url}>{codes.value ? 'See it' : 'Vote first'}</a>
              <a class="button" href={`/p/${poll.id}?screen`}>Big screen</a>
            </div>
          </div>
          <img class="qr" src={`/v1/polls/${poll.id}/qr.svg`} width="176" height="176"
            alt="QR code of the link to your poll" />
        </div>
      </section>
      <section class="card keep">
        <h2>Manage link</h2>
        <p class="warning">Whoever has this link owns the poll. Keep it.</p>
        <LinkField id="manage-link" label="Only for you" value={absolute(poll.manage_url)} />
        <div class="actions">
          <a class="button" href={poll.manage_url}>
            {codes.value ? 'Make the codes' : 'Manage the poll'}
          </a>
        </div>
      </section>
    </>
  );
}
