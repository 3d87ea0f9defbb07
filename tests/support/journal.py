"""What a workload did, line by line on disk: a test that is killed can still be explained, and an
independent model can recount it."""

import json
import threading
from pathlib import Path


class Journal:
    """Any thread. Write the intent before the request and the outcome after it."""

    def __init__(self, path):
        self.path = Path(path)
        self._file = open(self.path, 'a', encoding='utf-8')
        self._lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, kind, **members):
        line = json.dumps({'kind': kind, **members}, separators=(',', ':')) + '\n'
        with self._lock:
            self._file.write(line)
            self._file.flush()

    def read(self, kind=None):
        """The lines so far; a last one that was cut off by a kill is left out."""
        with open(self.path, encoding='utf-8') as file:
            whole = [json.loads(line) for line in file if line.endswith('\n')]
        return [line for line in whole if kind is None or line['kind'] == kind]
