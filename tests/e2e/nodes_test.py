"""Two nodes on one ledger: what only the ledger's order can decide."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from audit import audited, export
from flashpoll import owner

RACES = 1000
ROUNDS = 50


class Pair:
    def __init__(self, site):
        self.site = site
        self.nodes = [site.node().start(), site.node().start()]

    def client(self, index=0):
        return self.nodes[index].client()

    def tokens(self, poll, count):
        """Voters who have not voted anywhere: the page gives each a cookie."""
        self.client().results(poll['id'], '?min_seq=0')
        with ThreadPoolExecutor(4) as pool:
            clients = threading.local()

            def token(_):
                if not hasattr(clients, 'own'):
                    clients.own = self.client()
                page = clients.own.get(poll['url']).expect(200)
                return page.headers['Set-Cookie'].split(';')[0].removeprefix('fp_voter=')
            return list(pool.map(token, range(count)))

    def at_once(self, rounds, senders, send):
        """`send(client, round, sender)` of all senders at the same moment, round after round: lists
        of answers. Senders take turns in asking the nodes."""
        barrier = threading.Barrier(senders, timeout=60)

        def run(sender):
            client, answers = self.client(sender % 2), []
            for round_ in range(rounds):
                barrier.wait()
                answers.append(send(client, round_, sender))
            client.close()
            return answers
        with ThreadPoolExecutor(senders) as pool:
            runs = [pool.submit(run, sender) for sender in range(senders)]
            return list(zip(*(run.result() for run in runs)))


@pytest.fixture(scope='module')
def pair(servers):
    with servers.site() as site:
        yield Pair(site)


def votes_path(poll):
    return f'/v1/polls/{poll["id"]}/votes'


def voids(client, poll, seq):
    return [entry['reason'] for entry in export(client, poll['id'], seq) if entry['reason']]


def last_seq(client, poll):
    """Seq of a closing entry: everything that happened before lies below it."""
    path = f'/v1/polls/{poll["id"]}/close'
    return client.post(path, **owner(poll)).expect(200).json()['seq']


def test_one_voter_at_both_nodes_at_once(pair):
    client = pair.client()
    poll = client.open_poll('Pizza', 'Sushi')
    tokens = pair.tokens(poll, RACES)
    races = pair.at_once(RACES, 2, lambda sender, race, choice: sender.vote(
        poll['id'], choice, token=tokens[race]))
    won = [0, 0]
    for answers in races:
        assert sorted(answer.status for answer in answers) == [201, 409]
        winner, loser = sorted(answers, key=lambda answer: answer.status)
        assert loser.code == 'already_voted' and loser.json()['receipt'] == winner.json()
        won[winner.json()['choices'][0]] += 1
    seq = last_seq(client, poll)
    assert audited(client, poll['id'], seq).votes() == won
    lost = voids(pair.client(1), poll, seq)
    print(f'{RACES} races: {won} won, {len(lost)} decided by the ledger alone')
    assert set(lost) == {'already_voted'} and sum(won) == RACES


def five_times(pair, poll, headers_of):
    """Each round one request, sent by five at once."""
    ids = [str(uuid.uuid4()) for _ in range(ROUNDS)]
    rounds = pair.at_once(ROUNDS, 5, lambda sender, round_, _: sender.post(
        votes_path(poll), {'choices': [round_ % 2], 'vote_id': ids[round_]}, **headers_of(round_)))
    for answers in rounds:
        assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 201]
        assert len({answer.body for answer in answers}) == 1
    seq = last_seq(pair.client(), poll)
    assert audited(pair.client(1), poll['id'], seq).votes() == [ROUNDS / 2, ROUNDS / 2]
    assert set(voids(pair.client(), poll, seq)) <= {'repeat'}
    return ids, rounds


def test_one_request_five_times_with_a_credential(pair):
    poll = pair.client().open_poll()
    tokens = pair.tokens(poll, ROUNDS)
    _, rounds = five_times(pair, poll, lambda round_: {'Voter_Token': tokens[round_]})
    assert not any(answer.headers['Voter-Token'] for answers in rounds for answer in answers)


def test_one_request_five_times_without_a_credential(pair):
    poll = pair.client().open_poll()
    _, rounds = five_times(pair, poll, lambda round_: {})
    for answers in rounds:
        told = {answer.status: answer.headers['Voter-Token'] for answer in answers}
        assert told[201] and not told[200]


@pytest.mark.parametrize('node', [0, 1])
def test_a_stranger_with_a_public_vote_id(pair, node):
    client, stranger = pair.client(0), pair.client(node)
    poll = client.open_poll(allow_change=True)
    first = client.vote(poll['id'], 0, vote_id=str(uuid.uuid4())).expect(201)
    token = first.headers['Voter-Token']
    vote_id = export(stranger, poll['id'], 1)[1]['vote_id']
    tries = [stranger.vote(poll['id'], 0, vote_id=vote_id),
             stranger.vote(poll['id'], 1, vote_id=vote_id),
             stranger.vote(poll['id'], 1, vote_id=vote_id, replaces=1),
             stranger.delete(votes_path(poll) + '/1'),
             stranger.get(votes_path(poll) + '/mine')]
    assert [(answer.status, answer.code) for answer in tries] == [
        (200, None), (422, 'vote_id_reused'), (401, 'credential_missing'),
        (401, 'credential_missing'), (401, 'credential_missing')]
    form = stranger.post(f'/p/{poll["id"]}', f'vote_id={vote_id}&choice=0'.encode(),
                         Content_Type='application/x-www-form-urlencoded')
    for answer in [*tries, form]:
        assert not answer.headers['Voter-Token'] and not answer.headers['Set-Cookie']
    changed = stranger.vote(poll['id'], 1, token=token, replaces=1).expect(201).json()
    late = stranger.vote(poll['id'], 0, vote_id=vote_id)
    assert (late.status, late.json()['receipt']) == (409, changed)
    assert not late.headers['Voter-Token']
    assert audited(client, poll['id'], changed['seq']).votes() == [0, 1]


def test_late_duplicates_change_nothing(pair):
    client, other = pair.client(0), pair.client(1)
    poll = client.open_poll(allow_change=True)
    token = client.vote(poll['id'], 0).expect(201).headers['Voter-Token']
    ledger, key = pair.site.ledger, poll['id'].encode()
    partition = next(record.partition for record in ledger.records() if record.key == key)

    def again(seq):
        """The record of that entry once more, behind all others."""
        _, value = export(client, poll['id'], seq)[seq]['entry'].split(' ', 1)
        ledger.append(partition, key, value.encode())

    again(1)                                                                  # 2: repeat
    client.vote(poll['id'], 1, token=token, replaces=1).expect(201)           # 3
    again(1)                                                                  # 4: already_voted
    assert other.results(poll['id'], '?min_seq=4')['choices'][1]['votes'] == 1
    taken = other.delete(votes_path(poll) + '/3', Voter_Token=token).expect(200).json()
    assert taken['seq'] == 5
    again(1)                                                                  # 6: already_voted
    again(3)                                                                  # 7: stale_replace
    assert other.results(poll['id'], '?min_seq=7')['voters'] == 0
    back = other.vote(poll['id'], 0, token=token, replaces=5).expect(201).json()
    assert back['seq'] == 8
    again(5)                                                                  # 9: stale_replace
    again(0)                                                                  # 10: poll_exists
    count = audited(other, poll['id'], 10)
    assert count.votes() == [1, 0]
    assert [reason for _, _, reason in count.entries if reason] == [
        'repeat', 'already_voted', 'already_voted', 'stale_replace', 'stale_replace', 'poll_exists']
    mine = client.get(votes_path(poll) + '/mine', Voter_Token=token).expect(200).json()
    assert mine == back


def test_one_opening_five_times(pair):
    keys = [str(uuid.uuid4()) for _ in range(ROUNDS)]
    rounds = pair.at_once(ROUNDS, 5, lambda sender, round_, _: sender.post(
        '/v1/polls', {'question': f'Which one, {round_}?', 'choices': ['a', 'b']},
        Idempotency_Key=keys[round_]))
    for answers in rounds:
        assert {answer.status for answer in answers} == {201}
        assert len({answer.body for answer in answers}) == 1


def test_what_one_node_did_the_other_knows(pair):
    for round_ in range(ROUNDS):
        one, other = pair.client(round_ % 2), pair.client(1 - round_ % 2)
        poll = one.open_poll(closes_in=10)
        ballot = other.vote(poll['id'], 0).expect(201)
        token = ballot.headers['Voter-Token']
        longer = other.post(f'/v1/polls/{poll["id"]}/extend', {'by': 60}, **owner(poll)).expect(200)
        assert one.vote(poll['id'], 1, token=token).code == 'already_voted'
        to = {'closes_at': longer.json()['closes_at']}
        same = one.post(f'/v1/polls/{poll["id"]}/extend', to, **owner(poll)).expect(200)
        assert same.json() == longer.json()
        closed = one.post(f'/v1/polls/{poll["id"]}/close', **owner(poll)).expect(200).json()
        assert other.vote(poll['id'], 0).code == 'poll_closed'
        again = other.post(f'/v1/polls/{poll["id"]}/close', **owner(poll)).expect(200).json()
        assert again == closed
