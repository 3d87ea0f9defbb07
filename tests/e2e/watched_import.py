"""An import that runs, seen by the progress that it draws on a terminal."""

import os
import subprocess

from flashpoll import binary


class WatchedImport:
    def __init__(self, site, file, *flags):
        self.terminal, theirs = os.openpty()
        self.process = subprocess.Popen(
            [binary(), 'ledger', 'import', file, *map(str, flags)], stdout=subprocess.PIPE,
            stderr=theirs, text=True, env=site.environment())
        os.close(theirs)
        self.drawn = ''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=30)
        os.close(self.terminal)

    def wait_for(self, words):
        """Until this was drawn; fails when the import ends before."""
        while words not in self.drawn:
            piece = self._read()
            assert piece, self.drawn
            self.drawn += piece

    def end(self, timeout):
        """(exit code, stdout, all that was drawn and said)."""
        stdout, _ = self.process.communicate(timeout=timeout)
        while piece := self._read():
            self.drawn += piece
        return self.process.returncode, stdout, self.drawn

    def _read(self):
        try:
            return os.read(self.terminal, 65536).decode(errors='replace')
        except OSError:  # the other side is closed
            return ''
