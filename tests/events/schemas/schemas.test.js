import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beyondSchema, classify, inOrder, randomFrom, randomLines, sampleKey, samplesIn, schemas, seed,
  validators,
} from './tools.js';

test('there is one closed schema per type', () => {
  assert.deepEqual([...schemas.keys()].sort(), [
    'codes.issued.v1', 'poll.closed.v1', 'poll.extended.v1', 'poll.hidden.v1', 'poll.opened.v1',
    'vote.cast.v1', 'vote.retracted.v1',
  ]);
  for (const [type, schema] of schemas) {
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    assert.equal(schema.$id, `urn:flashpoll:events:${type}`);
    assert.equal(schema.properties.type.const, type);
    assert.equal(schema.additionalProperties, false);
    assert.deepEqual(Object.keys(schema.properties).slice(0, 2), ['type', 'poll']);
  }
});

test('golden samples obey their schemas', () => {
  for (const { name, bytes } of samplesIn()) {
    const event = JSON.parse(bytes);
    const validate = validators.get(event.type);
    assert.ok(validate(event), `${name}: ${JSON.stringify(validate.errors)}`);
    assert.ok(beyondSchema(event) && inOrder(event), name);
    assert.equal(JSON.stringify(event), bytes.toString('utf8'), name);
  }
});

test('golden samples that are not canonical are off their schema, or spelt otherwise', () => {
  for (const { name, bytes } of samplesIn('stray/not_canonical')) {
    const event = JSON.parse(bytes);
    const sound = validators.get(event.type)(event) && beyondSchema(event) && inOrder(event) &&
      JSON.stringify(event) === bytes.toString('utf8');
    assert.ok(!sound, name);
  }
});

test('what the encoder writes obeys the schemas and is canonical', () => {
  for (const line of randomLines(seed('encoder'), 5000)) {
    const event = JSON.parse(line);
    const validate = validators.get(event.type);
    assert.ok(validate(event), `${line}: ${JSON.stringify(validate.errors)}`);
    assert.ok(beyondSchema(event) && inOrder(event), line);
    assert.equal(JSON.stringify(event), line);
  }
});

const oddValues = [
  null, true, false, 0, 1, -1, 0.5, 254, 255, 256, 2 ** 20, 2 ** 53 - 1, 2 ** 53, 253402300799999,
  253402300800000, '', 'a', '\u0000', 'A'.repeat(22), 'A'.repeat(43), 'A'.repeat(11), [], [0], [''],
  [255], ['a', '\u0000'], {}, 'owner', 'open', 'approval', 'live', 'vote.cast.v2', 'vote.cast.v1',
  '00000000-0000-0000-0000-000000000000', '0190A7B2-1111-4222-8333-444455556666', sampleKey,
  sampleKey.toLowerCase(),
];

/// An event with one member taken away, added, moved, or given another value.
function damaged(event, random) {
  const members = Object.entries(event);
  const at = random(members.length);
  switch (random(5)) {
    case 0:
      members.splice(at, 1);
      break;
    case 1:
      members.splice(at, 0, [['extra', 'replaces', 'id', 'by'][random(4)], 1]);
      break;
    case 2:
      members.push(...members.splice(at, 1));
      break;
    default:
      members[at] = [members[at][0], oddValues[random(oddValues.length)]];
  }
  return Object.fromEntries(members);
}

test('the decoder takes exactly what the schemas and the canonical form allow', () => {
  const start = seed('decoder');
  const random = randomFrom(start);
  const records = randomLines(start, 6000).map((line) => {
    const event = damaged(JSON.parse(line), random);
    const key = typeof event.poll === 'string' && event.poll.length === 12 ? event.poll : sampleKey;
    return { key, event, value: JSON.stringify(event) };
  });
  let events = 0;
  classify(records).forEach((answer, i) => {
    const { event, value } = records[i];
    const validate = validators.get(event.type);
    const sound = Boolean(validate?.(event)) && beyondSchema(event) && inOrder(event);
    assert.equal(answer === 'event', sound, `${answer}: ${value}`);
    if (sound) events += 1;
  });
  assert.ok(events > 100 && events < records.length - 100, `${events} events`);
});
