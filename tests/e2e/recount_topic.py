"""Recounts the polls of a raw topic, without FlashPoll. A line per poll:
kcat -C -e -q -J -b SERVERS -t flashpoll | python3 tests/e2e/recount_topic.py"""

import json
import sys

polls = {}
for line in sys.stdin:
    record = json.loads(line)
    event = json.loads(record['payload'])
    kind, headers = event['type'], record.get('headers', [])  # an import brings its time along
    at = int(headers[headers.index('fp-time') + 1]) if 'fp-time' in headers else record['ts']
    if event['poll'] not in polls:
        if kind == 'poll.opened.v1':
            polls[event['poll']] = {**event, 'seq': 0, 'at': at, 'ended': False, 'latest': {}}
        continue
    poll = polls[event['poll']]
    poll['seq'] += 1
    poll['at'] = at = max(poll['at'], at)
    late = at >= poll['closes_at']
    if kind == 'poll.hidden.v1' or kind == 'poll.closed.v1' and (late or event['by'] == 'owner'):
        poll['ended'] = True
    elif poll['ended'] or late:
        continue
    elif kind == 'poll.extended.v1':
        poll['closes_at'] = max(poll['closes_at'], event['closes_at'])
    elif kind in ('vote.cast.v1', 'vote.retracted.v1') and at >= poll['opens_at']:
        picked, seq = event.get('choices'), poll['latest'].get(event['voter'], {}).get('seq')
        last = poll['latest'].get(event['voter'], {'vote_id': None, 'choices': None})
        fits = picked is None or (
            poll['min'] <= len(picked) <= poll['max'] and len(set(picked)) == len(picked)
            and all(choice < len(poll['choices']) for choice in picked))
        if (fits and event.get('replaces') == seq and event['vote_id'] != last['vote_id']
                and (seq is None or poll['allow_change']) and (picked or last['choices'])):
            poll['latest'][event['voter']] = {'seq': poll['seq'], 'choices': None, **event}

for name, poll in polls.items():
    ballots = [ballot['choices'] for ballot in poll['latest'].values() if ballot['choices']]
    votes = [sum(i in picked for picked in ballots) for i in range(len(poll['choices']))]
    print(json.dumps({'poll': name, 'seq': poll['seq'], 'voters': len(ballots), 'votes': votes}))
