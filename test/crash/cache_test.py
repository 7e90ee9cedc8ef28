#!/usr/bin/env python3
"""A hundred thousand changes of the pispas cache with kill -9 in between: what was
acknowledged is there, what was on its way is there whole or not at all, and in the
order in which it was sent.

cache_test.py [--operations N] [--seed N]
"""
import argparse
import json
import os
import random
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from platen import Daemon, free_port  # noqa: E402
from wsclient import TEXT, WsClient, frame  # noqa: E402

WINDOW = 30    # under way at the same time; the dialect allows 32
KEYS = 200
LIVES = 12     # of the daemon
ARGUMENTS = None
MISSING = object()


class Till:
    """One client and its memory of what it was told."""

    def __init__(self, case, dice):
        self.case, self.dice, self.port = case, dice, free_port()
        self.d = Daemon(f'listen pispas {{ address = {{"127.0.0.1:{self.port}"}} '
                        f'modules = {{print, cache}} tls = off }}').start()
        case.addCleanup(self.d.close)
        self.sure, self.flying = {}, []
        self.acknowledged = 0

    # --- what is asked
    def change(self, number):
        """A message and what it does to a dictionary."""
        key = f"key {self.dice.randrange(KEYS)}"
        kind = self.dice.random()
        if kind < 0.0005:
            return "clear", {}, lambda m: m.clear()
        if kind < 0.3:
            return "delete", {"key": key}, lambda m: m.pop(key, None)
        value = [number, "x" * self.dice.choice((0, 10, 10, 10, 2000))]
        return "set", {"key": key, "value": value}, lambda m: m.__setitem__(key, value)

    def run(self, operations, kill_after):
        """Keep WINDOW changes under way; kill in the middle of them."""
        with WsClient(("127.0.0.1", self.port)) as c:
            number = 0
            while number < operations:
                batch = b""
                while len(self.flying) < WINDOW and number < operations:
                    action, data, effect = self.change(self.acknowledged + len(self.flying))
                    batch += frame(TEXT, json.dumps({"UUIDV4": str(number), "TARGET": "CACHE",
                                                     "ACTION": action, "DATA": data}).encode())
                    self.flying.append((str(number), effect))
                    number += 1
                c.send(batch)
                if number >= kill_after:
                    return self.kill(c)
                self.land(c, c.message())
            while self.flying:
                self.land(c, c.message())

    def land(self, c, got):
        """Changes are answered in the order in which they came."""
        self.case.assertEqual(got[0], "text", got)
        answer = json.loads(got[1])
        uuid, effect = self.flying.pop(0)
        self.case.assertEqual(answer["MESSAGE_UUID"], uuid)
        self.case.assertEqual(answer["MESSAGE_EXEC"], "SUCCESS", answer)
        effect(self.sure)
        self.acknowledged += 1

    def kill(self, c):
        time.sleep(self.dice.random() * 0.004)
        self.d.kill9()
        while self.flying:  # what had been answered before it died counts
            got = c.message(5)
            if not got or got[0] != "text":
                break
            self.land(c, got)

    # --- what is there
    def look(self):
        found = {}
        with WsClient(("127.0.0.1", self.port)) as c:
            def ask(action, **data):
                c.send_text(json.dumps({"UUIDV4": "look", "TARGET": "CACHE", "ACTION": action,
                                        "DATA": data}))
                return json.loads(c.text())["MESSAGE_DATA"]
            keys = ask("keys")
            self.case.assertEqual(keys, sorted(keys))
            for key in keys:
                found[key] = ask("get", key=key)
        return found

    def settle(self):
        """Some beginning of what was under way has come to disk, and nothing else."""
        self.d.start()
        found, model = self.look(), dict(self.sure)
        for _, effect in [(None, lambda m: None), *self.flying]:
            effect(model)
            if model == found:
                self.sure, self.flying = model, []
                return
        lost = {k: (v, found.get(k)) for k, v in self.sure.items() if found.get(k) != v}
        self.case.fail(f"after {self.acknowledged} changes: {str(lost)[:2000]}")


class Cache(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        dice = random.Random(ARGUMENTS.seed)
        till = Till(self, dice)
        share = ARGUMENTS.operations // LIVES
        for life in range(LIVES):
            last = life == LIVES - 1
            till.run(share, share + 1 if last else share - dice.randrange(share // 4))
            if not last:
                till.settle()
        self.assertEqual(till.look(), till.sure)
        self.assertGreater(till.acknowledged, ARGUMENTS.operations * 3 // 4)


class Damage(unittest.TestCase):
    def test_a_damaged_journal_is_set_aside_and_told(self):
        port = free_port()
        d = Daemon(f'listen pispas {{ address = {{"127.0.0.1:{port}"}} modules = {{cache}} '
                   f'tls = off }}').start()
        self.addCleanup(d.close)

        def ask(c, target, action, **data):
            c.send_text(json.dumps({"UUIDV4": "u", "TARGET": target, "ACTION": action,
                                    "DATA": data}))
            return json.loads(c.text())["MESSAGE_DATA"]
        with WsClient(("127.0.0.1", port)) as c:
            for i in range(400):
                ask(c, "CACHE", "set", key=f"k{i:03}", value=[i, "v" * 500])
        d.stop()
        path = os.path.join(d.state, "jobs.db")
        os.unlink(path + "-wal")
        with open(path, "r+b") as f:
            f.seek(os.path.getsize(path) // 4096 // 2 * 4096)
            f.write(os.urandom(4096))
        d.start()
        with WsClient(("127.0.0.1", port)) as c:
            keys = ask(c, "CACHE", "keys")
            self.assertGreater(len(keys), 300)
            for key in keys:
                self.assertEqual(ask(c, "CACHE", "get", key=key), [int(key[1:]), "v" * 500])
            found = [p for p in ask(c, "BASE", "CHECK")["problems"]
                     if p["id"] == "storage_failed:journal"]
            self.assertEqual(len(found), 1)
            self.assertIn("set aside as jobs.db.bad-", found[0]["message"])
        self.assertTrue([n for n in os.listdir(d.state) if n.startswith("jobs.db.bad-")])
        d.stop()
        d.start()
        with WsClient(("127.0.0.1", port)) as c:
            self.assertEqual(ask(c, "CACHE", "keys"), keys)
            self.assertEqual(ask(c, "BASE", "CHECK")["status"], "OK")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20261120)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
