"""The way of a vote through one node: every kind of voter, of answer and of owner's command."""

import re
import uuid
from datetime import datetime, timedelta, timezone

from audit import audited, export
from flashpoll import INGEST, owner


def new_id():
    return str(uuid.uuid4())


def in_seconds(seconds):
    time = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return time.isoformat(timespec='milliseconds').replace('+00:00', 'Z')


def path(poll, rest=''):
    return f'/v1/polls/{poll["id"]}{rest}'


def mine(client, poll, seq, **headers):
    return client.get(path(poll, f'/votes/mine?min_seq={seq}'), **headers)


def result(client, poll, seq):
    shown = client.results(poll['id'], f'?min_seq={seq}')
    return [choice['votes'] for choice in shown['choices']], shown['voters'], shown['status']


def voted(client, poll, *choices, **members):
    """(token, receipt) of a new voter."""
    answer = client.vote(poll['id'], *choices, **members).expect(201)
    return answer.headers['Voter-Token'], answer.json()


def test_a_ballot_goes_all_the_way(client):
    poll = client.open_poll('Pizza', 'Sushi', 'Salad')
    vote_id = new_id()
    answer = client.vote(poll['id'], 1, vote_id=vote_id).expect(201)
    receipt, token = answer.json(), answer.headers['Voter-Token']
    assert receipt == {'poll': poll['id'], 'seq': 1, 'at': receipt['at'], 'vote_id': vote_id,
                       'choices': [1]}
    assert re.fullmatch(r'fp_voter=' + re.escape(token) + r'; Max-Age=31536000; Path=/; HttpOnly; '
                        'SameSite=Lax', answer.headers['Set-Cookie'])
    assert result(client, poll, 1) == ([0, 1, 0], 1, 'open')
    assert mine(client, poll, 1, Voter_Token=token).expect(200).json() == receipt
    entry = client.get(path(poll, '/entries/1')).expect(200).json()
    assert (entry['verdict'], entry['vote_id'], entry['added']) == ('counted', vote_id, [1])
    assert audited(client, poll['id'], 1).votes() == [0, 1, 0]


def test_a_retry_gets_the_receipt_and_nothing_else_counts(client):
    poll, vote_id = client.open_poll(), new_id()
    token, receipt = voted(client, poll, 0, vote_id=vote_id)
    for repeat in [client.vote(poll['id'], 0, token=token, vote_id=vote_id),
                   client.vote(poll['id'], 0, token=token, vote_id=vote_id.upper()),
                   client.vote(poll['id'], 0, vote_id=vote_id),
                   client.post(path(poll, '/votes'), {'choices': [0]}, Idempotency_Key=vote_id)]:
        assert repeat.expect(200).json() == receipt
        assert not repeat.headers['Voter-Token'] and not repeat.headers['Set-Cookie']
    reused = client.vote(poll['id'], 1, token=token, vote_id=vote_id)
    assert (reused.status, reused.code) == (422, 'vote_id_reused')
    second = client.vote(poll['id'], 1, token=token)
    assert (second.status, second.code) == (409, 'already_voted')
    assert second.json()['receipt'] == receipt
    differ = client.post(path(poll, '/votes'), {'choices': [0], 'vote_id': vote_id},
                         Idempotency_Key=new_id())
    assert differ.code == 'bad_request'
    assert result(client, poll, 1) == ([1, 0], 1, 'open')


def test_change_retract_and_vote_again(client):
    poll = client.open_poll(allow_change=True)
    token, first = voted(client, poll, 0)
    changed = client.vote(poll['id'], 1, token=token, replaces=1).expect(201).json()
    assert (changed['seq'], changed['replaces']) == (2, 1)
    stale = client.vote(poll['id'], 0, token=token, replaces=1)
    assert (stale.code, stale.json()['receipt']) == ('stale_replace', changed)
    late = client.vote(poll['id'], 0, token=token, vote_id=first['vote_id'])
    assert (late.code, late.json()['receipt']) == ('already_voted', changed)
    assert result(client, poll, 2) == ([0, 1], 1, 'open')

    taken = client.delete(path(poll, '/votes/2'), Voter_Token=token).expect(200).json()
    assert taken == {'poll': poll['id'], 'seq': 3, 'at': taken['at'], 'retracted': 2}
    assert client.delete(path(poll, '/votes/2'), Voter_Token=token).expect(200).json() == taken
    again = client.delete(path(poll, '/votes/3'), Voter_Token=token)
    assert again.code == 'stale_replace'
    nothing = mine(client, poll, 3, Voter_Token=token)
    assert (nothing.code, nothing.json()['latest']) == ('no_such_vote', 3)
    assert client.vote(poll['id'], 0, token=token).code == 'already_voted'
    assert result(client, poll, 3) == ([0, 0], 0, 'open')

    back = client.vote(poll['id'], 0, token=token, replaces=3).expect(201).json()
    assert mine(client, poll, 4, Voter_Token=token).expect(200).json() == back
    assert [result['voters'] for result in (client.results(poll['id'], f'?seq={seq}')
                                            for seq in range(5))] == [0, 1, 1, 0, 1]
    assert audited(client, poll['id'], 4).votes() == [1, 0]


def test_where_changes_are_off_a_ballot_is_final(client):
    poll = client.open_poll()
    token, _ = voted(client, poll, 0)
    assert client.vote(poll['id'], 1, token=token, replaces=1).code == 'change_not_allowed'
    refused = client.delete(path(poll, '/votes/1'), Voter_Token=token)
    assert (refused.status, refused.code) == (409, 'change_not_allowed')
    assert result(client, poll, 1) == ([1, 0], 1, 'open')


def test_a_voter_is_who_shows_the_token(client):
    poll, other = client.open_poll(allow_change=True), client.open_poll()
    token, receipt = voted(client, poll, 0)
    for answer in [client.vote(poll['id'], 1, replaces=1), mine(client, poll, 1),
                   client.delete(path(poll, '/votes/1'))]:
        assert (answer.status, answer.code) == (401, 'credential_missing')
        assert answer.headers['WWW-Authenticate']
    forged = token[:-1] + ('A' if token[-1] != 'A' else 'B')
    for answer in [client.vote(poll['id'], 1, token=forged), mine(client, poll, 1, Voter_Token=''),
                   client.delete(path(poll, '/votes/1'), Voter_Token=forged)]:
        assert answer.status in (401, 403), answer.body
    assert client.vote(poll['id'], 1, token=forged).code == 'credential_invalid'

    cookie = {'Cookie': f'a=b; fp_voter={token}'}
    assert mine(client, poll, 1, **cookie).expect(200).json() == receipt
    stranger, _ = voted(client, other, 1)
    assert mine(client, poll, 1, Voter_Token=stranger, **cookie).code == 'no_such_vote'
    elsewhere = client.vote(other['id'], 0, token=token).expect(201)
    assert not elsewhere.headers['Voter-Token']
    tags = {entry['voter'] for p, seq in ((poll, 1), (other, 2))
            for entry in export(client, p['id'], seq)}
    assert len(tags - {None}) == 3


def test_ballots_that_cannot_be_counted(client):
    poll = client.open_poll('a', 'b', 'c', min=2, max=2)
    for choices in [[], [0], [0, 0], [0, 3], [0, 1, 2], [0, 10**12]]:
        refused = client.vote(poll['id'], *choices)
        assert (refused.status, refused.code) == (422, 'invalid_choices'), choices
    _, receipt = voted(client, poll, 2, 0)
    assert receipt['choices'] == [2, 0]
    later = client.open_poll(opens_at=in_seconds(3600))
    early = client.vote(later['id'], 0)
    assert (early.status, early.code) == (409, 'poll_not_open')
    assert client.results(later['id'], '?min_seq=0')['status'] == 'scheduled'
    assert client.vote('000000000000', 0).code == 'no_such_poll'
    assert result(client, poll, 1) == ([1, 0, 1], 1, 'open')


def test_one_time_codes(client):
    poll = client.open_poll(eligibility='codes', allow_change=True)
    issue = path(poll, '/codes')
    assert client.post(issue, {'count': 1}).code == 'credential_missing'
    assert client.post(issue, {'count': 1}, Authorization='Bearer x').code == 'not_owner'
    issued = client.post(issue, {'count': 3, 'first': 0}, **owner(poll)).expect(200).json()
    assert client.post(issue, {'count': 3, 'first': 0}, **owner(poll)).json() == issued
    more = client.post(issue, {'count': 2}, **owner(poll)).expect(200).json()
    assert (issued['first'], more['first'], len(set(issued['codes'] + more['codes']))) == (0, 3, 5)
    client.results(poll['id'], f'?min_seq={more["seq"]}')
    shown = client.get(f'{issue}?first=1&count=9', **owner(poll)).expect(200).json()
    assert shown['codes'] == issued['codes'][1:] + more['codes']

    code, seq = issued['codes'][0], more['seq'] + 1
    assert client.vote(poll['id'], 0).code == 'credential_missing'
    assert client.vote(poll['id'], 0, code='0000000000000000').code == 'credential_invalid'
    receipt = client.vote(poll['id'], 0, code=code).expect(201).json()
    assert receipt['seq'] == seq
    typed = f'{code[:4]}-{code[4:8]}-{code[8:]}'.lower()
    second = client.post(path(poll, '/votes'), {'choices': [1]}, Voter_Code=typed)
    assert (second.code, second.json()['receipt']) == ('already_voted', receipt)
    change = {'choices': [1], 'replaces': seq}
    client.post(path(poll, '/votes'), change, Voter_Code=code).expect(201)
    assert mine(client, poll, seq + 1, Voter_Code=code).expect(200).json()['choices'] == [1]
    assert result(client, poll, seq + 1) == ([0, 1], 1, 'open')

    other = client.open_poll(eligibility='codes')
    theirs = client.post(path(other, '/codes'), {'count': 1}, **owner(other)).json()['codes'][0]
    assert client.vote(poll['id'], 0, code=theirs).code == 'credential_invalid'
    plain = client.open_poll()
    assert client.post(path(plain, '/codes'), {'count': 1},
                       **owner(plain)).code == 'wrong_eligibility'
    assert audited(client, poll['id'], seq + 1).codes == 5


def test_trusted_voters(client):
    poll = client.open_poll(eligibility='trusted', allow_change=True)
    votes, name = path(poll, '/votes'), 'Ann Ö. <ann@example.org>'
    body = {'choices': [0], 'voter': name}
    assert client.post(votes, body).code == 'credential_missing'
    assert client.post(votes, body, Authorization=f'Bearer {"x" * 40}').code == 'credential_invalid'
    receipt = client.post(votes, body, **INGEST).expect(201).json()
    again = client.post(votes, {**body, 'choices': [1]}, **INGEST)
    assert (again.code, again.json()['receipt']) == ('already_voted', receipt)
    client.post(votes, {**body, 'voter': 'Bob'}, **INGEST).expect(201)
    shown = client.get(path(poll, '/votes/mine?min_seq=2&voter=Bob'), **INGEST).expect(200).json()
    assert shown['seq'] == 2
    client.delete(path(poll, '/votes/2?voter=Bob'), **INGEST).expect(200)
    assert result(client, poll, 3) == ([1, 0], 1, 'open')
    assert name not in str(export(client, poll['id'], 3))


def form(client, poll, cookie=None, **fields):
    body = '&'.join(f'{name}={value}' for name, value in fields.items()).encode()
    headers = {'Cookie': cookie} if cookie else {}
    return client.post(f'/p/{poll["id"]}', body, Content_Type='application/x-www-form-urlencoded',
                       Origin=f'http://127.0.0.1:{client.port}', **headers)


def notice(answer):
    location = answer.expect(303).headers['Location']
    name, seq = re.fullmatch(r'/p/[0-9A-Z]{12}\?notice=(\w+)(?:&min_seq=(\d+))?', location).groups()
    assert (seq is not None) == (name in ('voted', 'changed'))
    return name


def test_the_page_votes_without_script(client):
    poll = client.open_poll('Pizza', 'Sushi', allow_change=True)
    page = client.get(poll['url']).expect(200)
    cookie = page.headers['Set-Cookie'].split(';')[0]
    vote_id = re.search(r'name="vote_id" value="([0-9a-f-]{36})"', page.body.decode())[1]
    first = form(client, poll, cookie, vote_id=vote_id, choice=1)
    assert notice(first) == 'voted' and not first.headers['Set-Cookie']
    assert notice(form(client, poll, cookie, vote_id=vote_id, choice=1)) == 'voted'
    assert notice(form(client, poll, cookie, vote_id=new_id(), choice=0)) == 'already_voted'
    assert notice(form(client, poll, cookie, vote_id=vote_id, choice=0)) == 'vote_id_reused'
    assert notice(form(client, poll, cookie, vote_id=new_id())) == 'invalid_choices'
    seen = first.headers['Location'].partition('?')[2]
    page = client.get(f'{poll["url"]}?{seen}', Cookie=cookie).expect(200)
    text = page.body.decode()
    assert 'Your vote is counted.' in text and 'You voted' in text
    assert not page.headers['Set-Cookie']
    replaces = re.search(r'name="replaces" value="(\d+)"', text)[1]
    changed = form(client, poll, cookie, vote_id=new_id(), choice=0, replaces=replaces)
    assert notice(changed) == 'changed'
    assert result(client, poll, 2) == ([1, 0], 1, 'open')


def test_a_form_without_cookie_gets_one_with_the_first_ballot(client):
    poll, vote_id = client.open_poll(), new_id()
    first = form(client, poll, vote_id=vote_id, choice=0)
    cookie = first.headers['Set-Cookie'].split(';')[0]
    assert notice(first) == 'voted'
    again = form(client, poll, vote_id=vote_id, choice=0)
    assert notice(again) == 'voted' and not again.headers['Set-Cookie']
    assert mine(client, poll, 1, Cookie=cookie).expect(200).json()['vote_id'] == vote_id
    foreign = client.post(f'/p/{poll["id"]}', f'vote_id={new_id()}&choice=0'.encode(),
                          Content_Type='application/x-www-form-urlencoded',
                          Origin='https://evil.example')
    assert (foreign.status, foreign.code) == (403, 'origin_not_allowed')
    assert result(client, poll, 1) == ([1, 0], 1, 'open')


def test_opening_is_idempotent_with_a_key(client):
    key, body = new_id(), {'question': 'Lunch today?', 'choices': [' Pizza', 'Sushi'],
                           'closes_in': 600}
    first = client.post('/v1/polls', body, Idempotency_Key=key).expect(201)
    poll = first.json()
    assert first.headers['Location'] == path(poll) and poll['slug'] == 'lunch-today'
    same = {**body, 'choices': ['Pizza', 'Sushi'], 'min': 1, 'allow_change': False}
    assert client.post('/v1/polls', body, Idempotency_Key=key.upper()).expect(201).json() == poll
    assert client.post('/v1/polls', same, Idempotency_Key=key).expect(201).json() == poll
    for other in [{**body, 'closes_in': 601}, {**body, 'question': 'Dinner today?'}]:
        assert client.post('/v1/polls', other, Idempotency_Key=key).expect(422).code == 'invalid'
    assert client.open_poll()['id'] != client.open_poll()['id']
    voted(client, poll, 0)
    extended = client.post(path(poll, '/extend'), {'by': 60}, **owner(poll)).expect(200).json()
    again = client.post('/v1/polls', body, Idempotency_Key=key).expect(201).json()
    assert again == poll and extended['closes_at'] > poll['closes_at']


def test_the_owner_extends_closes_and_hides(client):
    poll = client.open_poll()
    token, receipt = voted(client, poll, 0, vote_id=new_id())
    for command in ['/close', '/extend']:
        body = {'by': 1} if command == '/extend' else {}
        assert client.post(path(poll, command), body).code == 'credential_missing'
        assert client.post(path(poll, command), body,
                           Authorization=f'Bearer {token}').code == 'not_owner'
    assert client.delete(path(poll), Authorization='Bearer x').code == 'not_owner'

    longer = client.post(path(poll, '/extend'), {'by': 60}, **owner(poll)).expect(200).json()
    to = {'closes_at': longer['closes_at']}
    assert client.post(path(poll, '/extend'), to, **owner(poll)).expect(200).json() == longer
    earlier = client.post(path(poll, '/extend'), {'closes_at': poll['closes_at']}, **owner(poll))
    assert (earlier.status, earlier.code) == (409, 'not_later')

    closed = client.post(path(poll, '/close'), **owner(poll)).expect(200).json()
    assert client.post(path(poll, '/close'), {}, **owner(poll)).expect(200).json() == closed
    assert client.vote(poll['id'], 1).code == 'poll_closed'
    assert client.post(path(poll, '/extend'), {'by': 60}, **owner(poll)).code == 'poll_closed'
    repeat = client.vote(poll['id'], 0, token=token, vote_id=receipt['vote_id'])
    assert repeat.expect(200).json() == receipt
    final = client.results(poll['id'], f'?min_seq={closed["seq"]}')
    assert (final['status'], final['final']) == ('closed', True)
    assert audited(client, poll['id']).ended == closed['seq']

    hidden = client.delete(path(poll), **owner(poll)).expect(200).json()
    assert client.delete(path(poll), **owner(poll)).expect(200).json() == hidden
    gone = client.get(path(poll, f'/results?min_seq={hidden["seq"]}'))
    assert (gone.status, gone.code) == (410, 'poll_hidden')
    assert client.vote(poll['id'], 0, token=token, vote_id=receipt['vote_id']).status == 410
    assert client.get(poll['url']).status == 410
