import { moment } from '../lib/time.ts';
import type { Axis } from '../poll/replay.ts';
import {
  axis, backToNow, changeAxis, momentLink, playing, position, range, seek, speed, speeds,
  togglePlay, trouble,
} from '../poll/replay.ts';
import { link, live, past, status } from '../poll/store.ts';
import { CopyButton } from './copy.tsx';
import { Curve } from './curve.tsx';

/** The curve of votes and the slider through the poll's life. */
export function History() {
  if (live.value.withheld || status.value === 'scheduled') return null;
  return (
    <section class="card history" aria-labelledby="history-title">
      <div class="row">
        <h2 id="history-title">How it came about</h2>
        <AxisSwitch />
      </div>
      <Curve />
      <Slider />
      <Controls />
      <p class="error">{trouble.value}</p>
    </section>
  );
}

function AxisSwitch() {
  const option = (value: Axis, label: string) => (
    <label>
      <input type="radio" name="axis" checked={axis.value === value}
        onChange={() => changeAxis(value)} />
      <span>{label}</span>
    </label>
  );
  return (
    <fieldset class="segments small">
      <legend class="sr">Replay</legend>
      {option('seq', 'by vote')}
      {option('at', 'by time')}
    </fieldset>
  );
}

function Slider() {
  const { min, max } = range.value;
  const value = position.value ?? max;
  const words = position.value === null ? 'now' : positionWords();
  const step = axis.value === 'seq' ? 1 : Math.max(1, Math.floor((max - min) / 1000));
  return (
    <div class="slider">
      <input
        type="range" min={min} max={max} step={step} value={value} disabled={max <= min}
        aria-label="Replay" aria-valuetext={words}
        onInput={(event) => seek(event.currentTarget.valueAsNumber)}
      />
      <output>{words}</output>
    </div>
  );
}

function positionWords(): string {
  const at = past.value ? ` · ${moment(past.value.at)}` : '';
  if (axis.value === 'at') return moment(position.value!);
  return `entry ${Math.round(position.value!)} of ${range.value.max}${at}`;
}

function Controls() {
  const there = position.value !== null;
  return (
    <div class="actions replay">
      <button type="button" class="play" onClick={togglePlay} disabled={range.value.max <= 0}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d={playing.value ? 'M2 1h3v10H2zM7 1h3v10H7z' : 'M2 1l9 5-9 5z'} />
        </svg>
        {playing.value ? 'Stop' : 'Replay'}
      </button>
      <label class="speed">
        <span class="sr">Speed</span>
        <select onChange={(event) => (speed.value = Number(event.currentTarget.value))}>
          {speeds.map((value) => (
            <option value={value} selected={value === speed.value}>×{value}</option>
          ))}
        </select>
      </label>
      <button type="button" disabled={!there} onClick={backToNow}>Now</button>
      {there && (
        <CopyButton label="Copy link to this moment"
          text={() => momentLink(link)} />
      )}
    </div>
  );
}
