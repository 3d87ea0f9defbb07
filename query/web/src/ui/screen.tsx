import { poll, shortLink } from '../poll/store.ts';
import { PollAnnouncer } from './announcer.tsx';
import { Choices } from './choices.tsx';
import { Qr } from './share.tsx';
import { StateLine, Tally } from './state-line.tsx';

/** Only question, bars and QR, readable from ten metres. */
export function Screen() {
  const full = () => void document.documentElement.requestFullscreen?.();
  const host = shortLink.split('/')[0];
  return (
    <div class={poll.choices.length > 6 ? 'screen many' : 'screen'}>
      <section>
        <h1 dir="auto">{poll.question}</h1>
        <Choices readOnly />
        <div class="screen-foot">
          <Tally />
          <StateLine />
        </div>
      </section>
      <aside>
        <Qr />
        <p class="join">{host}/p/<wbr />{poll.id}</p>
        <p class="actions">
          <button type="button" class="small" onClick={full}>Full screen</button>
          <a class="button small" href={`/p/${poll.id}`}>Back</a>
        </p>
      </aside>
      <PollAnnouncer />
    </div>
  );
}
