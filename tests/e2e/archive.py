"""An exported ledger as an auditor sees it: with zstd and sha256sum, and the grammar of
infra/archive/archive.h. It shares nothing with the service."""

import hashlib
import json
import subprocess


def text_of(path):
    return subprocess.run(['zstd', '-dcq', path], check=True, capture_output=True).stdout


def pack(path, text):
    """Another file with these bytes in it."""
    subprocess.run(['zstd', '-qf', '-o', path], input=text, check=True)
    return path


def shell(command, path):
    """The words of a recipe that is told to auditors."""
    return subprocess.run(['bash', '-o', 'pipefail', '-c', command.replace('FILE', str(path))],
                          check=True, capture_output=True, text=True).stdout


class Archive:
    """All of it, read and checked."""

    def __init__(self, path):
        *before, last = text_of(path).splitlines(keepends=True)
        self.summary = json.loads(last)
        assert hashlib.sha256(b''.join(before)).hexdigest() == self.summary['sha256']
        self.header = json.loads(before[0])
        self.records, self.strays, chains = [], [], {}
        for line in before[1:]:
            item = json.loads(line)
            if 'stray' in item:
                self.strays.append(item)
                continue
            self.records.append((item['key'], item['time_ms'], item['value'].encode()))
            count, digest = chains.get(item['key'], (0, bytes(32)))
            chains[item['key']] = count + 1, hashlib.sha256(digest + line).digest()
        lines = [f'{key} {count} {digest.hex()}\n' for key, (count, digest) in
                 sorted(chains.items())]
        assert hashlib.sha256(''.join(lines).encode()).hexdigest() == self.summary['history']
        assert len(self.records) == self.summary['records']
        assert len(self.strays) == self.summary['strays']
        assert len(chains) == self.summary['keys']
