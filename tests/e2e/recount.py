"""An independent recount of one poll from its exported entries: what the rules say, told a second
time in another language and another structure. It shares nothing with the service."""

import json


class Recount:
    def __init__(self):
        self.settings = None
        self.entries = []       # (at, event, reason or None)
        self.latest = {}        # voter -> seq of the latest counted entry
        self.closes_at = None
        self.ended = None       # seq of the closing or hiding entry
        self.hidden = False
        self.codes = 0
        self.history = {}       # after every 100th entry: (votes, voters)

    def line(self, line):
        """One entry: milliseconds, a space, the canonical bytes."""
        at, event = line.split(" ", 1)
        return self.add(int(at), json.loads(event))

    def add(self, at, event):
        reason = None if self.settings is None else self.verdict(at, event)
        seq = len(self.entries)
        self.entries.append((at, event, reason))
        if reason is None:
            self.apply(seq, event)
        if seq % 100 == 0:
            self.history[seq] = (self.votes(), len(self.standing()))
        return reason

    def verdict(self, at, event):
        kind = event["type"]
        if kind == "poll.opened.v1":
            return "poll_exists"
        if self.hidden:
            return "poll_hidden"
        if kind == "poll.hidden.v1":
            return None
        if self.ended is not None:
            return "poll_closed"
        late = at >= self.closes_at
        if kind == "poll.closed.v1":
            return "too_early" if event["by"] == "deadline" and not late else None
        if late:
            return "poll_closed"
        if kind == "poll.extended.v1":
            return None if event["closes_at"] > self.closes_at else "not_later"
        if kind == "codes.issued.v1":
            if event["first"] != self.codes:
                return "codes_taken"
            return None if self.settings["eligibility"] == "codes" else "wrong_eligibility"
        return self.vote_verdict(at, kind, event)

    def vote_verdict(self, at, kind, event):
        last_seq = self.latest.get(event["voter"])
        last = self.entries[last_seq][1] if last_seq is not None else None
        if last is not None and last["vote_id"] == event["vote_id"]:
            return "repeat" if last == event else "vote_id_reused"
        if at < self.settings["opens_at"]:
            return "poll_not_open"
        if kind == "vote.cast.v1":
            picked, known = event["choices"], len(self.settings["choices"])
            if (len(set(picked)) != len(picked) or any(c >= known for c in picked)
                    or not self.settings["min"] <= len(picked) <= self.settings["max"]):
                return "invalid_choices"
            if "replaces" not in event:
                return "already_voted" if last is not None else None
        if not self.settings["allow_change"]:
            return "change_not_allowed"
        if event["replaces"] != last_seq or last_seq is None:
            return "stale_replace"
        if kind == last["type"] == "vote.retracted.v1":
            return "stale_replace"
        return None

    def apply(self, seq, event):
        kind = event["type"]
        if kind == "poll.opened.v1":
            self.settings = event
            self.closes_at = event["closes_at"]
        elif kind == "poll.extended.v1":
            self.closes_at = event["closes_at"]
        elif kind == "codes.issued.v1":
            self.codes += event["count"]
        elif kind in ("poll.closed.v1", "poll.hidden.v1"):
            self.ended = seq if self.ended is None else self.ended
            self.hidden = self.hidden or kind == "poll.hidden.v1"
        else:
            self.latest[event["voter"]] = seq

    def standing(self):
        ballots = (self.entries[seq][1] for seq in self.latest.values())
        return [b for b in ballots if b["type"] == "vote.cast.v1"]

    def votes(self):
        counts = [0] * len(self.settings["choices"])
        for ballot in self.standing():
            for choice in ballot["choices"]:
                counts[choice] += 1
        return counts
