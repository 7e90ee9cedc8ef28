#!/usr/bin/env python3
"""The link to a pispas cloud, against a real WebSocket server (npm ws): who we say we
are, what it may ask, and every command carried out and answered exactly once whatever
breaks."""
import base64
import collections
import os
import random
import signal
import time
import unittest
import uuid

import shop
from backend import Cloud
from platen import certificate, free_port, temp_dir, wait_until


def new_id():
    return str(uuid.uuid4())


def raw(text):
    return {"printer": "till", "raw": base64.b64encode(text.encode()).decode(),
            "timeout_ms": 20000}


class Gateway(shop.Shop):
    """A shop with a pispas listener, and a gateway to the cloud."""

    def __init__(self, cloud, *arguments, uplink="", more="", **options):
        self.pispas = free_port()
        quick = "" if "reconnect" in uplink else "reconnect-delay = 20 reconnect-delay-max = 200"
        block = (f'listen pispas {{ dialect = pispas tls = off '
                 f'address = {{"127.0.0.1:{self.pispas}"}} }}\n'
                 f'uplink cloud {{ kind = pispas url = "{cloud.url}" {quick} {uplink} }}\n{more}')
        super().__init__(*arguments, more=block, **options)


class Case(shop.Case):
    def cloud(self, **kind):
        cloud = Cloud(**kind)
        self.addCleanup(cloud.close)
        return cloud.start()

    def joined(self, cloud, *arguments, uplink="allow = {print, status, raw}", **options):
        shop = Gateway(cloud, *arguments, uplink=uplink, **options)
        self.addCleanup(shop.close)
        shop.start()
        cloud.wait("hello")
        return shop


class Talk(Case):
    def test_it_says_who_it_is(self):
        cloud = self.cloud()
        self.joined(cloud, {"till": self.peer()})
        hello = cloud.of("hello")[0]["hello"]
        self.assertEqual(hello["MESSAGE_TYPE"], "HELLO")
        self.assertEqual(hello["MESSAGE_EXEC"], "SUCCESS")
        self.assertTrue(hello["MESSAGE_UUID"])
        data = hello["MESSAGE_DATA"]
        self.assertEqual(data["protocol"], 1)
        self.assertEqual(sorted(data), ["modules", "objid", "place_id", "protocol", "targets",
                                        "version"])
        self.assertIn("BASE", data["targets"])
        self.assertIn("PRINT", data["targets"])
        upgrade = cloud.of("upgrade")[0]
        self.assertEqual(upgrade["url"], "/pos")
        self.assertIsNone(upgrade["auth"])

    def test_a_request_is_answered_by_one_envelope(self):
        cloud = self.cloud()
        peer = self.peer()
        self.joined(cloud, {"till": peer})
        ping, job = new_id(), new_id()
        cloud.ask("BASE", "PING", ping)
        self.assertEqual(cloud.answer(ping)["MESSAGE_DATA"], "PONG")
        cloud.ask("PRINT", "print", job, raw("one\n"))
        reply = cloud.answer(job)
        self.assertEqual(reply["MESSAGE_EXEC"], "SUCCESS", reply)
        self.assertEqual(reply["MESSAGE_DATA"]["state"], "done")
        wait_until(lambda: peer.papers(), "the paper")

    def test_other_messages_are_ignored(self):
        cloud = self.cloud()
        self.joined(cloud)
        cloud.do("send", text='{"MESSAGE_TYPE":"WELCOME","MESSAGE_UUID":"x"}')
        ping = new_id()
        cloud.ask("BASE", "PING", ping)
        cloud.answer(ping)
        self.assertEqual(len(cloud.of("message")), 1)

    def test_an_expired_request_does_nothing(self):
        cloud = self.cloud()
        peer = self.peer()
        self.joined(cloud, {"till": peer})
        late, good = new_id(), new_id()
        stamp = "%Y-%m-%dT%H:%M:%S.000Z"
        cloud.ask("PRINT", "print", late, raw("late\n"),
                  EXPIRES=time.strftime(stamp, time.gmtime(time.time() - 5)))
        reply = cloud.answer(late)
        self.assertEqual(reply["MESSAGE_EXEC"], "FAILURE")
        self.assertEqual(reply["MESSAGE_DATA"], {"error": "Request expired", "code": "EXPIRED"})
        cloud.ask("PRINT", "print", good, raw("good\n"),
                  EXPIRES=time.strftime(stamp, time.gmtime(time.time() + 60)))
        self.assertEqual(cloud.answer(good)["MESSAGE_EXEC"], "SUCCESS")
        wait_until(lambda: peer.papers(), "the paper")
        self.assertNotIn(b"late", b"".join(peer.papers()))

    def test_rights_are_those_of_the_block(self):
        cloud = self.cloud()
        peer = self.peer()
        self.joined(cloud, {"till": peer}, uplink="allow = {print, status}")
        drawer, restart = new_id(), new_id()
        cloud.ask("PRINT", "openDrawer", drawer, {"printer": "till"})
        reply = cloud.answer(drawer)["MESSAGE_DATA"]
        self.assertEqual((reply["code"], reply["capability"]), ("NOT_ALLOWED", "drawer"))
        cloud.ask("BASE", "RESTART", restart)
        self.assertEqual(cloud.answer(restart)["MESSAGE_DATA"]["code"], "NOT_ALLOWED")
        self.assertEqual(peer.papers(), [])

    def test_no_events_without_asking(self):
        cloud = self.cloud()
        self.joined(cloud, {"till": self.peer()})
        job, subscription, second = new_id(), new_id(), new_id()
        cloud.ask("PRINT", "print", job, raw("one\n"))
        cloud.answer(job)
        self.assertEqual([e for e in cloud.of("message")
                          if e["message"]["MESSAGE_TYPE"] == "EVENT"], [])
        cloud.ask("BASE", "subscribe", subscription, {"topics": ["printer"]})
        cloud.answer(subscription)
        cloud.ask("PRINT", "print", second, raw("two\n"))
        cloud.answer(second)
        wait_until(lambda: [e for e in cloud.of("message")
                            if e["message"]["MESSAGE_TYPE"] == "EVENT"], "an event")


class Trust(Case):
    def test_tls_is_verified(self):
        cert, key = certificate(self)
        cloud = self.cloud(tls=(cert, key))
        shop = Gateway(cloud, {})
        self.addCleanup(shop.close)
        shop.start()
        wait_until(lambda: "certificate" in shop.log, "the reason in the log")
        self.assertEqual(cloud.of("upgrade"), [])
        shop.close()
        shop = self.joined(cloud, {}, uplink=f'ca-file = "{cert}"')
        self.assertEqual(len(cloud.of("hello")), 1)

    def test_a_certificate_of_another_name_is_refused(self):
        cert, key = certificate(self, "elsewhere.example")
        cloud = self.cloud(tls=(cert, key))
        shop = Gateway(cloud, {}, uplink=f'ca-file = "{cert}"')
        self.addCleanup(shop.close)
        shop.start()
        wait_until(lambda: "certificate" in shop.log, "the reason in the log")
        self.assertEqual(cloud.of("upgrade"), [])

    def test_the_token_is_shown_and_a_refusal_is_believed(self):
        token = os.path.join(self.enterContext(temp_dir()), "token")
        with open(token, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write("cloud-secret\n")
        cloud = self.cloud()
        cloud.do("set", refuse=403)
        shop = Gateway(cloud, {}, uplink=f'token-file = "{token}"')
        self.addCleanup(shop.close)
        shop.start()
        wait_until(lambda: cloud.of("upgrade"), "an attempt")
        self.assertEqual(cloud.of("upgrade")[0]["auth"], "Bearer cloud-secret")
        time.sleep(2.5)  # an ordinary failure would have been tried again by now
        self.assertEqual(len(cloud.of("upgrade")), 1)
        self.assertNotIn("cloud-secret", shop.log)

    def test_it_comes_back_until_the_cloud_is_there(self):
        cloud = Cloud()
        self.addCleanup(cloud.close)
        shop = Gateway(cloud, {})
        self.addCleanup(shop.close)
        shop.start()
        time.sleep(1)
        cloud.start()
        cloud.wait("hello", seconds=15)


class Once(Case):
    COMMANDS = 240
    CUTS = 50

    def settle(self, cloud):
        wait_until(lambda: cloud.count()["open"] == 0, "every command to be answered", 90)

    def check(self, cloud, peer, ids):
        """Each command was answered once, and is on paper once."""
        count = cloud.count()
        self.assertEqual({i: count["answers"].get(i) for i in ids}, {i: 1 for i in ids})
        for i in ids:
            data = cloud.answers(i)[-1]
            self.assertEqual(data["MESSAGE_EXEC"], "SUCCESS", data)
        paper = collections.Counter(
            line for p in peer.papers() for line in p.decode("latin-1").split("\n")
            if line.startswith("ticket ") or "ticket " in line)
        printed = collections.Counter()
        for line, times in paper.items():
            printed[line[line.index("ticket "):][:43]] += times
        self.assertEqual(printed, {f"ticket {i}": 1 for i in ids})

    def test_fifty_cuts_and_a_restart_under_load(self):
        cloud = self.cloud()
        peer = self.peer()
        shop = self.joined(cloud, {"till": peer}, options="on-doubt = hold")
        rng = random.Random(4)
        ids = [new_id() for _ in range(self.COMMANDS)]
        cloud.do("set", rough=self.CUTS // 5)
        for cut in range(self.CUTS):
            before = len(cloud.events)
            for i in ids[cut::self.CUTS]:
                cloud.ask("PRINT", "print", i, raw(f"ticket {i}\n"))
            if cut == self.CUTS // 2:
                shop.stop()
                shop.start()
            elif rng.random() < 0.5:
                time.sleep(rng.random() * 0.05)  # some are under way, some answered
            cloud.do("drop")
            cloud.wait("hello", since=before, seconds=20)
        self.settle(cloud)
        self.check(cloud, peer, ids)
        self.assertGreaterEqual(len(cloud.of("closed")), self.CUTS)

    def test_a_repeat_gets_the_stored_answer(self):
        cloud = self.cloud()
        peer = self.peer()
        shop = self.joined(cloud, {"till": peer})
        i = new_id()
        cloud.ask("PRINT", "print", i, raw("ticket\n"))
        first = cloud.answer(i)["MESSAGE_DATA"]
        self.assertFalse(first["duplicate"])
        shop.child.signal(signal.SIGKILL)
        shop.child.wait()
        before = len(cloud.events)
        shop.start()
        cloud.wait("hello", since=before, seconds=20)
        cloud.ask("PRINT", "print", i, raw("ticket\n"))
        wait_until(lambda: len(cloud.answers(i)) == 2, "the second answer")
        again = cloud.answers(i)[1]["MESSAGE_DATA"]
        self.assertTrue(again["duplicate"])
        self.assertEqual(again["job_id"], first["job_id"])
        cloud.ask("PRINT", "print", i, raw("another\n"))
        wait_until(lambda: len(cloud.answers(i)) == 3, "the third answer")
        self.assertEqual(cloud.answers(i)[2]["MESSAGE_DATA"]["code"], "IDEMPOTENCY_MISMATCH")
        self.assertEqual(len(peer.papers()), 1)


if __name__ == "__main__":
    from platen import main
    main()
