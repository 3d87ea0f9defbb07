import { render } from 'preact';
import { followCurve } from '../poll/curve.ts';
import { picked, resume } from '../poll/ballot.ts';
import { openShared } from '../poll/replay.ts';
import { live } from '../poll/store.ts';
import { follow, watchNetwork } from '../poll/stream.ts';
import { Screen } from '../ui/screen.tsx';
import { VotePage, openAsked } from '../ui/vote-page.tsx';

const bigScreen = new URLSearchParams(location.search).has('screen');

/** What was picked before the script came stays picked. */
function takeOver(app: HTMLElement): void {
  const checked = app.querySelectorAll<HTMLInputElement>('input[name=choice]:checked');
  picked.value = Array.from(checked, (input) => Number(input.value));
}

export function startVotePage(app: HTMLElement): void {
  takeOver(app);
  if (!bigScreen) openAsked();
  document.body.classList.toggle('big', bigScreen);
  if (bigScreen) app.replaceChildren();
  render(bigScreen ? <Screen /> : <VotePage />, app);
  void resume();
  follow();
  watchNetwork();
  if (bigScreen) return;
  if (!live.value.withheld) openShared();
  followCurve();
}
