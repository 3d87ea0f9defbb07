import { moment } from '../lib/time.ts';
import { count } from '../lib/words.ts';
import { busiest, curve } from '../poll/curve.ts';
import { past, shown } from '../poll/store.ts';

const height = 56;

/** Votes over time as one area; a line marks the moment that is replayed. */
export function Curve() {
  const span = curve.value;
  if (!span) return <div class="curve" />;
  const { counts, from, widthMs } = span;
  const to = from + counts.length * widthMs;
  const marker = (Date.parse(shown.value.at) - from) / widthMs;
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${counts.length} ${height}`} preserveAspectRatio="none" role="img"
        aria-label={spokenCurve()}>
        <path class="area" d={`${line(counts)}V${height}H0Z`} />
        <path class="edge" d={line(counts)} />
        {past.value && <path class="marker" d={`M${marker.toFixed(2)} 0V${height}`} />}
      </svg>
      <figcaption>
        <span>{moment(from)}</span>
        <span>{peakWords()}</span>
        <span>{moment(to)}</span>
      </figcaption>
    </figure>
  );
}

function line(counts: number[]): string {
  const peak = Math.max(1, busiest.value.peak);
  const steps = counts.map((value, index) => {
    const y = (height - 2 - ((height - 4) * value) / peak).toFixed(1);
    return `V${y}H${index + 1}`;
  });
  return `M0 ${height - 2}${steps.join('')}`;
}

function peakWords(): string {
  const { peak } = busiest.value;
  if (peak === 0) return '';
  const length = lengthWords(curve.value!.widthMs / 1000);
  return `peak ${count(peak)} ${peak === 1 ? 'entry' : 'entries'} in ${length}`;
}

function lengthWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function spokenCurve(): string {
  const { peak, index } = busiest.value;
  if (peak === 0) return 'Votes over time: none yet';
  const { from, widthMs } = curve.value!;
  return `Votes over time, ${peakWords()}, busiest at ${moment(from + index * widthMs)}`;
}
