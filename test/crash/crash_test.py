#!/usr/bin/env python3
"""Kill the daemon, again and again, and count the paper (the rules: rules.py).

crash_test.py [--policy hold|reprint] [--kills N] [--seed N] [--part steps|random|both]

steps   a small fixed day at the shop, once for each step of the store: the
        daemon kills itself at step N, and in every second round once more at an
        early step of its recovery. Needs a build with -Dcrash_hooks=true.
random  six tills at work; kill -9 at any moment from the start on. Kills until
        both parts together have reached --kills.

Without --policy both are run, each with --kills. A run is decided by its seed as
far as threads allow; the seed is printed first.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]

from platen import Daemon, free_port, program, wait_until  # pylint: disable=wrong-import-position
from printers import Shop  # pylint: disable=wrong-import-position
from rules import check, reprint_notes  # pylint: disable=wrong-import-position
from till import Ask, BROKEN, Line, Tills, configuration, submit  # pylint: disable=wrong-import-position

STEPS_MAX = 400  # more than the fixed day has


def say(text):
    print(text, flush=True)


class Shift:
    """A shop, its daemon, and the daemon's deaths."""

    def __init__(self, policy):
        self.policy, self.kills = policy, 0
        self.shop = Shop()
        self.ports = {"plato": free_port()}
        self.daemon = Daemon(configuration(self.shop, policy, self.ports["plato"]))
        self.ports["native"] = self.daemon.port

    def start(self, wait=True):
        self.daemon.env = {}
        self.daemon.start(wait)

    def start_doomed(self, step):
        """It will die at this step of its store."""
        self.daemon.env = {"PLATEN_CRASH": f"store:{step}"}
        self.daemon.start(wait=False)

    def dead(self):
        return self.daemon.child is not None and not self.daemon.child.alive()

    def bury(self):
        status = self.daemon.kill9()
        assert status == -signal.SIGKILL, f"it ended by itself: {status}\n{self.daemon.log[-3000:]}"
        self.kills += 1

    def jobs(self):
        found, before = [], ""
        while True:
            r = self.daemon.admin("GET", f"/v1/jobs?limit=1000{before}")
            assert r.status == 200, r
            page = r.json["jobs"]
            found += page
            if len(page) < 1000:
                return found
            before = f"&before={page[-1]['id']}"

    def _settled(self):
        r = self.daemon.admin("GET", "/v1/jobs?state=scheduled,queued,held,sending&limit=1")
        assert r.status == 200, r
        return not r.json["jobs"]

    def finish(self, asks):
        """Everything ends, the daemon goes in peace, the paper is counted."""
        try:
            wait_until(self._settled, "every job to end", 60)
        except AssertionError as e:
            stuck = self.daemon.admin("GET", "/v1/jobs?state=scheduled,queued,held,sending").json
            raise AssertionError(f"{e}: {stuck}\n{self.daemon.log[-3000:]}") from None
        jobs = self.jobs()
        for i, job in enumerate(jobs):
            if job["reprints"] or job["state"] == "unconfirmed":
                jobs[i] = self.daemon.job(job["id"])
        status = self.daemon.stop()
        assert status == 0, f"SIGTERM: exit {status}\n{self.daemon.log[-3000:]}"
        self.shop.finish()
        return jobs, check(asks, jobs, self.shop, self.policy)

    def close(self):
        if self.daemon.child:
            self.daemon.kill9()
        self.daemon.close()
        self.shop.close()


# --- at every step of the store ------------------------------------------------

def has_hooks():
    """Whether this platend knows PLATEN_CRASH."""
    with open(program("platend"), "rb") as f:
        return b"PLATEN_CRASH" in f.read()


class Day:
    """The fixed scenario: what one till asks, one after the other, while the
    daemon dies at its N-th step. Its number is the same in every round, so its
    documents are told apart by numbers that go on."""

    def __init__(self, shift, first):
        self.shift, self.line = shift, Line(shift.ports)
        p = len(shift.shop.printers)
        at = first % p
        self.asks = [
            Ask(first, at, "print", "native"),
            Ask(first + 1, at, "print", "plato", chunks=3, size=4000),
            Ask(first + 2, at, "kick", "plato"),
            Ask(first + 3, (at + 1) % p, "print", "native", delay=40),
            Ask(first + 4, at, "print", "native", delay=60000),
        ]

    def _revive(self):
        """Called whenever there is no answer: a dead daemon is started again."""
        if self.shift.dead():
            self.shift.bury()
            self.on_death()
        return False

    def on_death(self):
        self.shift.start(wait=False)

    def run(self):
        for ask in self.asks:
            submit(self.line, self.shift.shop, ask, self._revive)
            assert ask.verdict != "lost", ask
        self._cancel(self.asks[4])
        self.line.close()

    def _cancel(self, ask):
        """The last one is cancelled before its time."""
        while not ask.cancelled:
            try:
                status, _ = self.line.ask("native", "DELETE", f"/v1/jobs/{ask.id}")
                ask.cancelled = status in (200, 409)
            except BROKEN:
                self._revive()


def quiet(shift):
    """Nothing is open but what waits for a person; or the daemon is dead."""
    try:
        return shift._settled()  # pylint: disable=protected-access
    except BROKEN:
        return shift.dead()


def play(shift, step, first, twice):
    """One round; true when the daemon died."""
    before = shift.kills
    day = Day(shift, first)
    if twice:
        again = [1 + step % 7]
        day.on_death = lambda: (shift.start_doomed(again.pop()) if again else
                                shift.start(wait=False))
    shift.start_doomed(step)
    day.run()
    wait_until(lambda: quiet(shift), "the day to end", 20)
    while shift.dead():
        shift.bury()
        day.on_death()
        wait_until(lambda: quiet(shift), "the day to end", 20)
    shift.daemon.wait_ready()
    return shift.kills > before, day.asks


def run_steps(policy, most):
    """Each step of the store once, all in one state directory that is emptied
    between the rounds by nobody: the days follow each other."""
    shift, asks, step = Shift(policy), [], 0
    try:
        died = True
        while died and shift.kills < most and step < STEPS_MAX:
            step += 1
            died, more = play(shift, step, len(asks) + 1, twice=step % 2 == 0)
            asks += more
            if died:
                shift.daemon.stop()
        jobs, found = shift.finish(asks)
        assert died is False or shift.kills >= most, "the day has more steps than expected"
        report("steps", policy, shift.kills, asks, jobs)
        say(f"  {step - 1} steps")
        return shift.kills, found
    finally:
        shift.close()


# --- at any moment ---------------------------------------------------------------

def kill_once(shift, rng):
    if rng.random() < 0.2:
        shift.start(wait=False)
        time.sleep(rng.uniform(0, 0.03))
    else:
        shift.start()
        time.sleep(rng.uniform(0.005, 0.15))
    shift.bury()
    if rng.random() < 0.1:
        rng.choice(shift.shop.printers).be_away(rng.uniform(0.05, 0.3))


def run_random(policy, kills, seed):
    rng = random.Random(f"{seed}/{policy}")
    shift = Shift(policy)
    tills = Tills(shift.shop, shift.ports, f"{seed}/{policy}")
    try:
        tills.open()
        for _ in range(kills):
            kill_once(shift, rng)
        shift.start()
        tills.close()
        jobs, found = shift.finish(tills.asks)
        report("random", policy, shift.kills, tills.asks, jobs)
        return shift.kills, found
    finally:
        shift.close()


def report(part, policy, kills, asks, jobs):
    counts = {}
    for job in jobs:
        counts[job["state"]] = counts.get(job["state"], 0) + 1
    again = sum(len(reprint_notes(j)) for j in jobs)
    say(f"{policy}, {part}: {kills} kills, {len(asks)} requests, {len(jobs)} jobs: "
        + ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))
        + f"; {again} reprints; {sum(a.verdict == 'lost' for a in asks)} without an answer")


def run(policy, kills, seed, part):
    begun, done, found = time.monotonic(), 0, []
    if part != "random":
        if has_hooks():
            done, found = run_steps(policy, STEPS_MAX)
        else:
            say(f"{policy}, steps: skipped, this build has no crash hooks")
    if part != "steps":
        more, findings = run_random(policy, max(kills - done, 1), seed)
        done, found = done + more, found + findings
    for finding in found[:40]:
        say(f"  FINDING {finding}")
    say(f"{policy}: {done} kills, {len(found)} findings, {time.monotonic() - begun:.0f} s")
    return not found


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--policy", choices=["hold", "reprint"])
    p.add_argument("--kills", type=int, default=500)
    p.add_argument("--seed", type=int, default=20261120)
    p.add_argument("--part", choices=["steps", "random", "both"], default="both")
    o = p.parse_args()
    say(f"seed {o.seed}")
    policies = [o.policy] if o.policy else ["hold", "reprint"]
    good = [run(policy, o.kills, o.seed, o.part) for policy in policies]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
