import { FakePoll } from './poll.ts';
import { startFake } from './server.ts';
import { polls } from './state.ts';

/** `npm run fake [PORT]`: the page by hand, with a poll in which votes arrive. */
const { url } = await startFake(Number(process.argv[2] ?? 8099));
const poll = new FakePoll({
  question: 'Lunch today?', choices: ['Pizza', 'Sushi', 'Falafel'], min: 1, max: 1,
  results: 'live', eligibility: 'open', allow_change: true,
  opens_at: null, closes_at: Date.now() + 3600000,
});
polls.set(poll.id, poll);
let voter = 0;
setInterval(() => {
  const choice = Math.floor(Math.random() ** 1.5 * 3);
  voter += 1;
  poll.vote({ voter: `visitor-${voter}`, vote_id: `${voter}`, choices: [choice], replaces: null });
}, 1000);
console.log(`${url}/\n${url}/p/${poll.id}\n${url}/manage/${poll.id}#${poll.token}`);
