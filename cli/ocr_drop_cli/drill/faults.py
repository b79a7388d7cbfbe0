"""The faults: what each throws at the stack, and what it promises to see."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ocr_drop_cli.drill.pictures import damaged, picture
from ocr_drop_cli.drill.scene import Scene
from ocr_drop_cli.local.stack import CALLS_IN_FLIGHT

TWO_MINUTES = 120.0
STORM = 5.0
OUTAGE = 4.0
GARBAGE = ("hello?", "{}", '{"Records": "none"}', '{"Records": [{"eventSource": "aws:s3", "s3": {}}]}')


@dataclass(frozen=True)
class Fault:
    """A fault: its name, what it does in a sentence, and how it is done."""

    name: str
    says: str
    play: Callable[[Scene], None]
    by_default: bool = True


def _duplicates(scene: Scene) -> None:
    drops = [scene.drop(f"{number}.png", picture(f"duplicate {number}")) for number in range(4)]
    for drop in drops:
        scene.tell_again(drop)
    scene.say(f"{len(drops)} images dropped, and the event of each sent again while it is at work")
    scene.wait()
    first = [scene.ground.document(drop.key) for drop in drops]
    for drop in drops:
        scene.tell_again(drop)
    scene.say("all ended; and the events once more")
    scene.until(lambda: scene.ground.queued() == 0, "no message is left")
    scene.promise("an event that comes again costs no call", scene.calls() == len(drops))
    scene.promise("it changes no document", first == [scene.ground.document(drop.key) for drop in drops])


def _same_bytes(scene: Scene) -> None:
    data = picture("one content, five keys")
    drops = [scene.drop(f"{name}/scan.png", data) for name in ("anna", "bela", "chen", "dora", "emil")]
    scene.say(f"the same bytes dropped under {len(drops)} keys at once")
    scene.wait()
    scene.promise("one content, one paid call", scene.calls() == 1)
    answers = [scene.ground.document(drop.key)["ocr"]["requestId"] for drop in drops]
    scene.promise("five documents, made of one answer", len(answers) == len(drops) and len(set(answers)) == 1)


def _garbage(scene: Scene) -> None:
    buried = scene.ground.dead_letters()
    for body in GARBAGE:
        scene.ground.send(body)
    bad = [scene.drop(name, data) for name, data in damaged().items()]
    good = [scene.drop(f"good {number}.png", picture(f"a good one, number {number}")) for number in range(3)]
    scene.say(
        f"{len(GARBAGE)} messages that are no events, {len(bad)} files that are no pictures, {len(good)} good ones"
    )
    scene.wait()
    for drop in bad:
        scene.say(f"{drop.key}: {scene.record(drop).get('message')}")
    kinds = {scene.record(drop).get("kind") for drop in bad}
    scene.promise("each bad file fails with its reason", kinds == {"bad_input"})
    scene.promise("at no cost, and at no harm to the good ones", scene.calls() == scene.recognized() == len(good))
    scene.until(lambda: scene.ground.dead_letters() == buried + len(GARBAGE), "what is no event is dead letters")


def _storm(scene: Scene) -> None:
    count = 12
    with scene.door.storm(through=10):
        for number in range(count):
            scene.drop(f"{number}.png", picture(f"stormy {number}"))
        scene.say(f"{count} images dropped; the OCR API turns 9 of 10 calls away (429) for {STORM:.0f} s")
        scene.pass_time(STORM)
    scene.say(f"the storm is over; calls turned away: {scene.refused()}, let through: {scene.calls()}")
    scene.wait()
    scene.promise("all are recognized in the end", scene.recognized() == count)
    scene.promise("no storm of tries: not 4 refused calls an upload", scene.refused() < 4 * count)
    scene.promise(f"never more than {CALLS_IN_FLIGHT} calls at a time", scene.door.most_at_a_time <= CALLS_IN_FLIGHT)


def _outage(scene: Scene) -> None:
    count = 5
    with scene.door.gone():
        for number in range(count):
            scene.drop(f"{number}.png", picture(f"nobody at home {number}"))
        scene.say(f"the OCR API is gone for {OUTAGE:.0f} s; {count} images dropped")
        scene.pass_time(OUTAGE)
        reasons = scene.reasons()
    scene.say(f"it is back; the records say: {'; '.join(sorted(reasons))}")
    scene.promise("while it is gone, records say why they wait", bool(reasons))
    _goes_on(scene, count)


def _wrong_secret(scene: Scene) -> None:
    count, right = 5, scene.ground.secret()
    scene.ground.put_secret({**right, "secret": "another one"})
    scene.ground.kill()  # what runs has the right one in its memory; what starts now reads the wrong one
    for number in range(count):
        scene.drop(f"{number}.png", picture(f"refused {number}"))
    scene.say(f"the secret is wrong, as after a change that nobody was told of; {count} images dropped")
    reasons = scene.until(scene.reasons, "records say why they wait")
    scene.say(f"they wait: {'; '.join(sorted(reasons or ()))}")
    scene.ground.put_secret(right)
    scene.say(f"calls refused so far: {scene.refused()}; now the secret is mended, and nothing else is done")
    _goes_on(scene, count)


def _goes_on(scene: Scene, count: int) -> None:
    mended = time.monotonic()
    scene.wait(TWO_MINUTES)
    scene.say(f"{scene.recognized()} recognized {time.monotonic() - mended:.0f} s later")
    scene.promise("all go on by themselves, within two minutes", scene.recognized() == count)


def _overwrite(scene: Scene) -> None:
    for words in ("the first version", "the second version", "the third version, and the last"):
        last = scene.drop("report.png", picture(words))
    scene.say("one key, three versions, at once")
    scene.wait()
    version = scene.ground.document(last.key)["source"]["versionId"]
    scene.promise("the newest version is what there is in the end", version == last.version)


def _kill(scene: Scene) -> None:
    count = 4
    there, release = scene.door.hold_next()
    scene.drop("0.png", picture("killed 0"))  # alone: of another, killed while it was sent, nobody could count the cost
    scene.until(there.is_set, "a call is under way", 30)
    killed = scene.ground.kill()
    release.set()
    for number in range(1, count):
        scene.drop(f"{number}.png", picture(f"killed {number}"))
    scene.say(f"{count} images dropped; kill -9 of {killed} processes, one in the middle of its call")
    scene.say("nobody calls again before the invocations of the dead must be over: 90 s")
    scene.wait()
    scene.promise("all are recognized in the end", scene.recognized() == count)


FAULTS = (
    Fault("duplicates", "Each event comes twice, and once more later: one call each.", _duplicates),
    Fault("same-bytes", "One content under five keys: one call, five documents.", _same_bytes),
    Fault("garbage", "Messages that are no events, files that are no pictures, good ones among them.", _garbage),
    Fault("overwrite", "One key is overwritten at once: the newest version wins.", _overwrite),
    Fault("storm", "The OCR API turns 9 of 10 calls away for a while (429).", _storm),
    Fault("outage", "The OCR API is gone for a while.", _outage),
    Fault("wrong-secret", "The secret is wrong, then mended: waiting uploads go on by themselves.", _wrong_secret),
    Fault("kill", "kill -9 in the call, about 100 s: one more call, and it is marked.", _kill, by_default=False),
)
