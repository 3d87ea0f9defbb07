"""Figures of rounds, for people."""

from collections import defaultdict

_COLUMNS = ('fault', 'rounds', 'acknowledged', 'refused', 'failed', 'lost', 'doubled',
            'rate before', 'longest stall', 'reads stall', 'recovery', 'violations', 'slow')


def show(figures):
    shown = ', '.join(f'{name} {value}' for name, value in figures.items()
                      if name not in ('fault', 'round', 'what', 'named', 'slow'))
    print(f'{figures["fault"]} {figures["round"]} ({figures["what"]}): {shown}', flush=True)
    for violation in figures['named']:
        print(f'  VIOLATION {violation}', flush=True)
    for slow in figures['slow']:
        print(f'  SLOW {slow}', flush=True)


def summary(rounds):
    """One line per fault: sums of the rounds, worst of the times."""
    by_fault = defaultdict(list)
    for each in rounds:
        by_fault[each['fault']].append(each)
    lines = [_COLUMNS] + [_line(name, group) for name, group in by_fault.items()]
    widths = [max(len(str(line[i])) for line in lines) for i in range(len(_COLUMNS))]
    return '\n'.join('  '.join(str(cell).rjust(width) if i else str(cell).ljust(width)
                               for i, (cell, width) in enumerate(zip(line, widths)))
                     for line in lines)


def _line(name, group):
    def total(key):
        return sum(each.get(key) or 0 for each in group)

    def worst(key):
        values = [each.get(key) for each in group]
        return '-' if None in values else f'{max(values)} s'

    slowest = min(each.get('rate_before') or 0 for each in group)
    return (name, len(group), total('acknowledged'), total('refused'), total('failed'),
            total('lost'), total('doubled'), slowest, worst('longest_stall'),
            worst('reads_stall'), worst('recovery'), total('violations'),
            sum(len(each['slow']) for each in group))
