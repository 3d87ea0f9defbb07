import { api, link, poll } from '../poll/store.ts';
import { LinkField } from './copy.tsx';

export function Qr() {
  return (
    <img class="qr" src={`${api}/qr.svg`} width="176" height="176"
      alt={`QR code of the link to “${poll.question}”`} />
  );
}

export function Share() {
  return (
    <div class="share-body">
      <div>
        <LinkField id="link" label="Link to this poll" value={link} />
        <p class="aside">Whoever has this link can see the poll and vote.</p>
        <p><a href={`/p/${poll.id}?screen`}>Big screen for a room</a></p>
      </div>
      <Qr />
    </div>
  );
}
