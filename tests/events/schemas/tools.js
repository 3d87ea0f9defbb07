// Samples, schemas and the two small programs that stand for the encoder and the decoder.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';

const folder = new URL('../../../schemas/events/', import.meta.url).pathname;
const programs = process.env.FLASHPOLL_TEST_PROGRAMS;
if (!programs) throw new Error('FLASHPOLL_TEST_PROGRAMS must name the folder of events_classify');

export const sampleKey = '7Q2M9X4KTB3D';

function filesIn(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ name: entry.name, bytes: readFileSync(join(path, entry.name)) }));
}

export const samplesIn = (path = '') => filesIn(join(folder, 'samples', path));

/// The schemas by type, and one validator per type.
export const schemas = new Map();
export const validators = new Map();
for (const { name, bytes } of filesIn(folder).filter((file) => file.name.endsWith('.json'))) {
  const schema = JSON.parse(bytes);
  const type = name.slice(0, -'.json'.length);
  schemas.set(type, schema);
  validators.set(type, new Ajv({ strict: true, allErrors: true }).compile(schema));
}

/// What no schema can say: relations between members.
export function beyondSchema(event) {
  switch (event.type) {
    case 'poll.opened.v1':
      return event.min <= event.max && event.max <= event.choices.length &&
        event.opens_at < event.closes_at;
    case 'codes.issued.v1':
      return event.first + event.count <= 2 ** 20;
    default:
      return true;
  }
}

/// Whether the members stand in the order that the schema gives.
export function inOrder(event) {
  const keys = Object.keys(event);
  const order = Object.keys(schemas.get(event.type).properties).filter((key) => key in event);
  return keys.length === order.length && keys.every((key, i) => key === order[i]);
}

export function seed(test) {
  const value = process.env.FLASHPOLL_TEST_SEED ?? String(Math.floor(Math.random() * 2 ** 32));
  console.log(`${test}: FLASHPOLL_TEST_SEED=${value}`);
  return Number(value);
}

/// mulberry32: small, seeded, good enough to pick from lists. Gives 0 … bound - 1.
export function randomFrom(start) {
  let state = start >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const options = { maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] };

export function randomLines(start, count) {
  const args = [String(start), String(count)];
  const output = execFileSync(join(programs, 'events_random_lines'), args, options);
  return output.toString('utf8').split('\n').slice(0, -1);
}

/// What the decoder makes of records, in their order. A record is {key, value}.
export function classify(records) {
  const input = records
    .map(({ key, value }) => `${key} ${Buffer.from(value).toString('base64url')}\n`)
    .join('');
  const output = execFileSync(join(programs, 'events_classify'), { ...options, input });
  return output.toString('utf8').split('\n').slice(0, -1);
}
