"""What must hold when the dust has settled, whatever was killed and when.

 1. Every accepted job is known, for ever, and has ended or is unconfirmed.
 2. done          it is on paper, whole.
    unconfirmed   on-doubt = hold: once or not at all; reprint: its limit is used up.
    cancelled     where somebody asked for that; a confirmed one stays cancelled.
    Nothing else: these printers never refuse for good.
 3. on-doubt = hold: no document begins twice. reprint: it begins once more for
    each "reprint" note in its journal at most; the notes are numbered from 1 and
    never more than the limit.
 4. What was refused does not come out. What got no answer is one job at most:
    without a job it does not come out, with one rules 2 and 3 hold for it.
 5. A key makes one job, whatever it was asked again.
 6. Serial numbers (Plato's jobId) are given once per printer.
 7. A drawer opens once for a pulse that is done, once at most for one that failed
    in doubt, never for another, and never later than its expiry.
 8. Jobs of one printer that were sent once come out in the order of acceptance.
"""
import datetime
from collections import Counter, defaultdict

from till import EXPIRY, LIMIT

SLACK = 1500  # ms between the last look at the clock and the pulse, on a busy machine


def ms(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


class Findings(list):
    def expect(self, truth, text):
        if not truth:
            self.append(text)


class Paper:
    """The tapes of a shop: how often each document began and was finished."""

    def __init__(self, shop):
        self.begun, self.whole = Counter(), Counter()
        self.where = defaultdict(set)
        for i, printer in enumerate(shop.printers):
            for kind, number in printer.tape:
                if number:
                    (self.begun if kind == "S" else self.whole)[number] += 1
                    self.where[number].add(i)


def match(asks, jobs, found):
    """ask -> job; by id, by the title that native jobs carry, by Plato's serial."""
    by_id = {int(j["id"]): j for j in jobs}
    by_serial = {(j["printer"], j["serial"]): j for j in jobs}
    titles = defaultdict(list)
    for j in jobs:
        if j.get("title"):
            titles[j["title"]].append(j)
    for title, same in titles.items():
        found.expect(len(same) == 1, f"{title}: {len(same)} jobs for one request")
    found.expect(len(by_serial) == len(jobs), "a serial number was given twice")
    pairs = {}
    for ask in asks:
        job = None
        if ask.id:
            job = by_id.get(ask.id)
        elif ask.serial:
            job = by_serial.get((f"p{ask.printer}", ask.serial))
        elif f"{ask.number:06d}" in titles:
            job = titles[f"{ask.number:06d}"][0]
        if job:
            pairs[ask] = job
            found.expect(ask.verdict != "refused", f"{ask}: refused, and a job all the same")
        elif ask.verdict == "accepted":
            found.append(f"{ask}: accepted, and nobody knows it")
    told = Counter((a.printer, a.serial) for a in asks if a.serial)
    for (printer, serial), count in told.items():
        found.expect(count == 1, f"p{printer}: serial {serial} was told to {count} requests")
    return pairs


def reprint_notes(job):
    return [n for n in job.get("journal", []) if n["what"] == "reprint"]


def check_print(ask, job, paper, policy, found):
    begun, whole = paper.begun[ask.number], paper.whole[ask.number]
    state, notes = job["state"], reprint_notes(job)
    about = f"{ask}: {state}, begun {begun}, whole {whole}, {len(notes)} reprints"

    found.expect(paper.where[ask.number] <= {ask.printer}, f"{about}: on another printer")
    found.expect(begun <= 1 + len(notes), f"{about}: a paper too many")
    found.expect(len(notes) <= (LIMIT if policy == "reprint" else 0), f"{about}: reprints")
    found.expect([n["number"] for n in notes] == list(range(1, len(notes) + 1)),
                 f"{about}: the numbers of its reprints")
    found.expect(state in ("done", "unconfirmed", "cancelled"), about)
    if ask.cancelled:
        found.expect(state == "cancelled", f"{about}: its cancellation was confirmed")
    if state == "done":
        found.expect(whole >= 1, f"{about}: where is it?")
        found.expect(policy == "reprint" or whole == 1, about)
    if state == "unconfirmed" and policy == "reprint":
        found.expect(len(notes) == LIMIT, f"{about}: set aside too early")


def check_strangers(asks, pairs, jobs, paper, found):
    """Asks without a job of theirs. A lost one of Plato may have a job that
    cannot be told from others: as many as there are unclaimed jobs."""
    claimed = {int(j["id"]) for j in pairs.values()}
    unclaimed = [j for j in jobs if int(j["id"]) not in claimed and j["kind"] == "print"]
    extra = sum(len(reprint_notes(j)) for j in unclaimed)
    come_out = 0
    for ask in asks:
        begun = paper.begun[ask.number]
        if ask in pairs or not begun:
            continue
        found.expect(ask.verdict == "lost", f"{ask}: {begun} papers of it")
        found.expect(ask.dialect == "plato", f"{ask}: {begun} papers without a job")
        come_out += 1
        extra -= begun - 1
    found.expect(come_out <= len(unclaimed), f"{come_out} papers for {len(unclaimed)} jobs")
    found.expect(extra >= 0, "an unanswered request was printed again without a note")
    lost = sum(a.verdict == "lost" and a.kind == "print" and a not in pairs for a in asks)
    found.expect(len(unclaimed) <= lost, f"{len(unclaimed)} jobs that nobody asked for")
    asked = {a.number for a in asks}
    for number in paper.begun:
        found.expect(number in asked, f"paper {number} was never asked for")


def check_pulses(name, printer, jobs, found):
    kicks = [j for j in jobs if j["printer"] == name and j["kind"] == "drawer"]
    sure = [j for j in kicks if j["state"] == "done"]
    maybe = [j for j in kicks if j["state"] == "failed" or
             (j["state"] == "cancelled" and j["sent"])]
    count = len(printer.pulses)

    for j in kicks:
        found.expect(j["state"] in ("done", "failed", "expired", "cancelled"), f"pulse {j}")
        found.expect(j["state"] != "failed" or j["code"] == "unconfirmed", f"pulse {j}")
    found.expect(len(sure) <= count <= len(sure) + len(maybe),
                 f"{name}: {count} pulses, {len(sure)} done, {len(maybe)} in doubt")
    for t in printer.pulses:
        found.expect(any(ms(j["created"]) - 5 <= t <= ms(j["created"]) + EXPIRY + SLACK
                         for j in sure + maybe), f"{name}: a pulse at {t} that nobody is due")


def check_order(index, printer, pairs, found):
    plain = {a.number: int(j["id"]) for a, j in pairs.items() if a.printer == index and
             a.kind == "print" and not a.run_at and j["attempts"] == 1 and j["state"] == "done"}
    last = 0
    for kind, number in printer.tape:
        if kind != "S" or number not in plain:
            continue
        found.expect(plain[number] > last,
                     f"p{index}: job {plain[number]} came out after job {last}")
        last = plain[number]


def check(asks, jobs, shop, policy):
    """All findings, as sentences. `jobs` with journals where there were reprints."""
    found, paper = Findings(), Paper(shop)
    pairs = match(asks, jobs, found)
    for ask, job in pairs.items():
        if ask.kind == "print":
            check_print(ask, job, paper, policy, found)
    check_strangers(asks, pairs, jobs, paper, found)
    for i, (name, printer) in enumerate(zip(shop.names(), shop.printers)):
        check_pulses(name, printer, jobs, found)
        check_order(i, printer, pairs, found)
    return found
