"""infra/bench/plot and infra/bench/regression, on made-up runs."""

import json
import os
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

SCRIPTS = Path(os.environ['FLASHPOLL_SOURCE']) / 'infra/bench'


def run(script, *arguments):
    return subprocess.run([SCRIPTS / script, *arguments], capture_output=True, text=True,
                          timeout=60)


def spread(value):
    return {'median': value, 'low': value, 'high': value, 'rounds': [value]}


def side(share, rate, p50, p99):
    return {'name': f'flashpoll at {share} %',
            'figures': {'rate /s': spread(rate), 'p50 ms': spread(p50), 'p99 ms': spread(p99)}}


def bench_run(**changes):
    comparison = {'name': 'cpu us: flashpoll / raw epoll', 'kind': 'ratio', **spread(1.625),
                  'no_difference': False, 'goal': '≤', 'must': 2, 'aim': 1.5, 'judged': 'must'}
    return {'scenario': 'votes', 'ledger': 'postgres', 'revision': 'abc1234',
            'at': '2026-11-21T12:00:00.000Z', 'machine': '2 cores',
            'command': 'flashpoll-bench votes', 'facts': {},
            'sides': [side(50, 20_000, 0.5, 4), side(10, 4_000, 0.25, 1)],
            'comparisons': [comparison], **changes}


def plot(directory, *runs):
    names = []
    for number, made in enumerate(runs):
        names.append(directory / f'{number}.json')
        names[-1].write_text(json.dumps(made))
    done = run('plot', '--out', directory, *names)
    assert done.returncode == 0, done.stderr


def test_the_table_has_a_row_for_each_comparison(tmp_path):
    plot(tmp_path, bench_run(), bench_run(ledger='kafka'))
    rows = (tmp_path / 'figures.md').read_text().splitlines()
    assert '| votes | postgres | cpu us: flashpoll / raw epoll | 1.62 × | 1.62 … 1.62 ' \
           '| ≤ 2 / 1.50 | must |' in rows
    assert sum('| votes | kafka |' in line for line in rows) == 1
    assert '- `flashpoll-bench votes` at abc1234, 2026-11-21' in rows


def test_the_picture_has_a_line_for_each_ledger_and_percentile(tmp_path):
    plot(tmp_path, bench_run(), bench_run(ledger='kafka'))
    root = xml.parse(tmp_path / 'latency.svg').getroot()
    svg = '{http://www.w3.org/2000/svg}'
    lines = [path for path in root.iter(svg + 'path') if path.get('stroke-width') == '2']
    assert len(lines) == 4
    assert len(list(root.iter(svg + 'circle'))) == 8
    words = [text.text for text in root.iter(svg + 'text')]
    assert {'p50, postgres', 'p99, postgres', 'p50, kafka', 'p99, kafka'} <= set(words)
    # More votes a second stand further right, more time higher up.
    first = lines[0].get('d').removeprefix('M').split('L')
    (left, low), (right, high) = (tuple(map(float, point.split())) for point in first)
    assert left < right and low > high


def test_without_open_loops_there_is_no_picture(tmp_path):
    plot(tmp_path, bench_run(sides=[]))
    assert not (tmp_path / 'latency.svg').exists()


def history(path, *values, goal='≤', kind='ratio'):
    lines = [json.dumps({'scenario': 'votes', 'ledger': 'postgres', 'revision': f'r{number}',
                         'ratios': {'cpu': {'kind': kind, 'median': value, 'goal': goal}}})
             for number, value in enumerate(values)]
    path.write_text('\n'.join(lines) + '\n')
    return run('regression', path)


@pytest.mark.parametrize('goal, values, code', [
    ('≤', [1, 1.19], 0),
    ('≤', [1, 1.21], 1),
    ('≤', [1, 0.1], 0),
    ('≥', [1, 0.84], 0),
    ('≥', [1, 0.82], 1),
    ('≥', [1, 9], 0),
    ('≤', [1, 1, 9, 1, 1, 1.1], 0),     # the median: one bad run is none
    ('≤', [9, 1, 1, 1, 1, 1, 1.3], 1),  # of the last five
    ('≤', [1], 0)])
def test_a_ratio_may_get_worse_by_a_fifth(tmp_path, goal, values, code):
    done = history(tmp_path / 'history', *values, goal=goal)
    assert done.returncode == code, done.stdout + done.stderr
    assert ('WORSE votes, postgres: cpu' in done.stdout) == bool(code)


def test_differences_are_not_compared(tmp_path):
    done = history(tmp_path / 'history', 1, 9, kind='difference')
    assert (done.returncode, done.stdout) == (0, 'nothing to compare yet\n')


def test_no_history_is_a_failure(tmp_path):
    done = run('regression', tmp_path / 'none')
    assert done.returncode == 1 and '--record' in done.stderr
