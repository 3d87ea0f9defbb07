"""Whether two services say the same of a poll, by their API alone."""


def both(a, b, path, **headers):
    """The one answer that both give, whatever it is."""
    one, two = a.get(path, **headers), b.get(path, **headers)
    assert (one.status, one.body) == (two.status, two.body), (path, one, two)
    return one


def same_poll(a, b, poll, seqs=None):
    """Everything that can be asked, as of each of `seqs` (every one unless told); the number of
    entries."""
    path = f'/v1/polls/{poll}'
    for client in (a, b):
        client.get(f'{path}/results?min_seq=0')
    for rest in ('', '/results', '/export.csv', '/windows?width=1', '/windows?width=60'):
        both(a, b, path + rest)
    export = both(a, b, f'{path}/export.ndjson')
    if export.status != 200:
        return 0
    count = int(export.headers['Export-Seq']) + 1
    for seq in range(count) if seqs is None else seqs(count):
        entry = both(a, b, f'{path}/entries/{seq}').expect(200).json()
        both(a, b, f'{path}/results?seq={seq}')
        both(a, b, f'{path}/results?at={entry["at"]}')
        both(a, b, f'{path}/windows?to={entry["at"]}&width=1')
    return count
