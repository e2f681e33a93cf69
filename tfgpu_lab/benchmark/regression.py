"""A figure beside the last one of its kind: how it changed, whether it is worse, and what explains it; pure."""

from collections.abc import Sequence
from datetime import datetime

from ..models.benchmark import Circumstances, Comparison, PastFigure

WORSE = -0.10  # equal GPUs of one machine differ by 5 %, so less than twice that is no news
CLOCK = 0.05
FEWEST = 5  # batches: the spread of fewer says nothing
_WORDS = {
    "power limit": "power-capped",
    "power brake": "slowed by its power supply",
    "heat (hardware)": "slowed by heat",
    "heat (software)": "slowed by heat",
}


def compare(now: PastFigure, history: Sequence[PastFigure], busy: str | None = None) -> Comparison | None:
    """Return `now` beside the newest of its kind in `history`, which is in order of time; None when there is none.

    Of a kind are figures of one environment, device, element type, mode and number of threads, and of one size, unless
    there is none of that size and the benchmark chose both. `busy` says, in a few words, what else was computing now
    where something was.
    """
    kin = [one for one in reversed(history) if _of_a_kind(one, now)]
    then = next((one for one in kin if one.size == now.size), kin[0] if kin else None)
    if then is None:
        return None
    change = now.throughput_tflops / then.throughput_tflops - 1
    told = all(one.repetitions is None or one.repetitions >= FEWEST for one in (now, then))
    worse = told and change < WORSE and now.p90 < then.p10
    return Comparison(
        at_s=then.at_s,
        throughput_tflops=then.throughput_tflops,
        size=then.size,
        change=change,
        regression=_sentence(now, then, change, busy) if worse else None,
    )


def _of_a_kind(one: PastFigure, other: PastFigure) -> bool:
    return _kind(one) == _kind(other) and (one.size == other.size or (one.chosen and other.chosen))


def _kind(one: PastFigure) -> tuple[object, ...]:
    return one.environment, one.device_id, one.dtype, one.mode, one.threads


def _sentence(now: PastFigure, then: PastFigure, change: float, busy: str | None) -> str:
    slower = f"{now.device} is {-change:.0%} slower".replace("%", " %")
    why = _reason(now, then, busy)
    return f"{slower} with {now.dtype} than {day(then.at_s, now.at_s)}" + (f": {why}." if why else ".")


def _reason(now: PastFigure, then: PastFigure, busy: str | None) -> str | None:
    """Return what differs and explains it, in a few words; None when the readings show nothing."""
    a, b = now.circumstances or _NOTHING, then.circumstances or _NOTHING
    found = [_WORDS.get(one, one) for one in a.throttle_reasons if one not in b.throttle_reasons]
    if a.power_limit_w and b.power_limit_w and a.power_limit_w < b.power_limit_w:
        found = [one for one in found if one != "power-capped"]
        found.insert(0, f"its power limit is {a.power_limit_w:.0f} W now and was {b.power_limit_w:.0f} W")
    if busy:
        found.append(busy)
    if not found and a.clock_sm_mhz and b.clock_sm_mhz and a.clock_sm_mhz < (1 - CLOCK) * b.clock_sm_mhz:
        found.append(f"its clock was {a.clock_sm_mhz:.0f} MHz now and {b.clock_sm_mhz:.0f} MHz then")
    if now.tensorflow != then.tensorflow:
        found.append(f"TensorFlow was {then.tensorflow} then and is {now.tensorflow}")
    if now.driver_version and then.driver_version and now.driver_version != then.driver_version:
        found.append(f"the driver was {then.driver_version} then and is {now.driver_version}")
    return "; ".join(dict.fromkeys(found)) or None


def day(at_s: float, now_s: float) -> str:
    """Return when something was, as it stands after "than", by this machine's clock."""
    then, now = datetime.fromtimestamp(at_s), datetime.fromtimestamp(now_s)
    if then.date() == now.date():
        return f"today at {then:%H:%M}"
    return f"on {then.day} {then:%B}" + (f" {then.year}" if then.year != now.year else "")


_NOTHING = Circumstances(samples=0)
