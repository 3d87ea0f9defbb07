"""What an auditor does with a poll: export the entries, recount them, compare with the result."""

import json

from recount import Recount


def export(client, poll, seq=0):
    """The exported entries, up to `seq` at least, each with its canonical line under `entry`."""
    client.results(poll, f'?min_seq={seq}')
    answer = client.get(f'/v1/polls/{poll}/export.ndjson').expect(200)
    lines = answer.body.decode().splitlines()
    assert len(lines) == int(answer.headers['Export-Seq']) + 1
    return [json.loads(line) for line in lines]


def audited(client, poll, seq=0):
    """Recounts the poll, up to `seq` at least, and compares verdicts and result; the Recount."""
    entries, count = export(client, poll, seq), Recount()
    for entry in entries:
        reason = count.line(entry['entry'])
        assert (reason, reason is None) == (entry['reason'], entry['verdict'] == 'counted'), entry
    last = entries[-1]['seq']
    result = client.results(poll, f'?seq={last}')
    assert [choice['votes'] for choice in result['choices']] == count.votes()
    assert result['voters'] == len(count.standing())
    return count
