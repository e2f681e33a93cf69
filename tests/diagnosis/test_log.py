"""Reading logs: any encoding, any size, any content, in bounded time and memory, with the right line numbers."""

import random
import time
import tracemalloc

import pytest

from tests.diagnosis.log_cases import CREATED, LIBRARIES, NAMES, cuinit, missing
from tfgpu_lab.diagnosis import log as reader
from tfgpu_lab.diagnosis.explain import explain
from tfgpu_lab.diagnosis.log import BLOCK_BYTES, HITS, KEPT, LINE_BYTES, QUOTE, VALUES, read, read_text
from tfgpu_lab.diagnosis.loglines.catalogue import MARKS

TEXT = NAMES["nothing found, 2.6"][0]
KINDS = set(read_text(TEXT).sightings)


def kinds(*chunks):
    return set(read(chunks).sightings)


def test_counts_lines_and_bytes():
    log = read([b"one\ntwo\n", b"three"])
    assert (log.lines, log.size_bytes, log.truncated) == (3, 13, False)
    assert read([]).lines == 0


def test_a_line_has_its_number_and_its_words():
    log = read_text("first\n\n" + cuinit("UNKNOWN ERROR (303)"))
    (line,) = log.sightings["cuinit-303"].first
    assert line.number == 3
    assert line.text == cuinit("UNKNOWN ERROR (303)").strip()


@pytest.mark.parametrize("size", [1, 7, 100, BLOCK_BYTES - 1, 3 * BLOCK_BYTES])
def test_pieces_of_any_size_give_the_same(size):
    data = (TEXT + "x" * 100 + "\n").encode() * 3 if size < 100 else (TEXT + "x" * 5000 + "\n").encode() * 500
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    assert {k: (s.count, s.first, s.last) for k, s in read(pieces).sightings.items()} == {
        k: (s.count, s.first, s.last) for k, s in read([data]).sightings.items()
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-32"])
def test_any_encoding(encoding):
    assert kinds(TEXT.encode(encoding)) == KINDS


def test_colours_and_windows_line_ends():
    words = [line.replace(" ", " \x1b[1;31m").replace("c", "\x1b[0mc") for line in TEXT.splitlines()]
    coloured = "\x1b]0;title\x07\n".join(words)
    assert kinds(coloured.encode()) == KINDS
    assert kinds(TEXT.replace("\n", "\r\n").encode()) == KINDS
    assert "\x1b" not in repr(read_text(coloured).sightings["cuinit-303"].first)


def test_an_escape_cut_in_two_by_a_block_is_still_removed():
    line = cuinit("UNKNOWN ERROR (303)")
    before, after = line[:90], line[90:]
    filler = "x" * 80 + "\n"
    front = filler * ((BLOCK_BYTES - len(before) - 2) // len(filler))
    front += "y" * (BLOCK_BYTES - len(before) - 2 - len(front) - 1) + "\n"
    assert "cuinit-303" in kinds((front + before + "\x1b[31m" + after).encode())


def test_what_is_kept_cannot_steer_a_terminal():
    line = "\u202e\x9b\u200b" + cuinit("UNKNOWN ERROR (303)").strip() + "\x07\u2066"
    (kept,) = read_text(line).sightings["cuinit-303"].first
    assert not any(ord(sign) < 32 or sign in "\x9b\x07\u200b\u202e\u2066" for sign in kept.text)


def test_progress_bars_are_lines_of_their_own():
    bars = "".join(f"{i}/1563 [...] - loss: 0.1\r" for i in range(500))
    (line,) = read_text(bars + cuinit("UNKNOWN ERROR (303)")).sightings["cuinit-303"].first
    assert "loss" not in line.text


def test_a_line_without_end_is_cut_around_what_was_recognised():
    line = "x" * 3_000_000 + "failed call to cuInit: UNKNOWN ERROR (303)" + "y" * 3_000_000
    (kept,) = read_text(line).sightings["cuinit-303"].first
    assert len(kept.text) <= QUOTE
    assert "failed call to cuInit: UNKNOWN ERROR (303)" in kept.text


@pytest.mark.parametrize("at", range(BLOCK_BYTES - LINE_BYTES - 60, BLOCK_BYTES - LINE_BYTES + 60, 7))
def test_a_needle_across_the_end_of_a_block_is_found_once(at):
    line = "x" * at + "failed call to cuInit: UNKNOWN ERROR (303) " + "y" * BLOCK_BYTES
    assert read_text(line).sightings["cuinit-303"].count == 1


def test_of_many_lines_the_first_and_the_last_are_kept():
    log = read_text("".join(cuinit(f"UNKNOWN ERROR (303) {i}", "2.15") for i in range(10 * HITS)))
    seen = log.sightings["cuinit-303"]
    assert [line.number for line in seen.first] == list(range(1, KEPT + 1))
    assert [line.number for line in seen.last] == list(range(10 * HITS - KEPT + 1, 10 * HITS + 1))
    assert seen.count == 2 * HITS, "no more are looked at"


def test_lines_of_one_kind_are_in_the_order_of_the_log_however_they_are_worded():
    wordings = ("dlerror: {}", "ImportError: {}", "Could not load dynamic library '{}'", "OSError: {}")
    text = "".join(wordings[-i % 4].format(f"libcublas.so.{i}") + "\n" for i in range(1, 13))
    seen = read_text(text).sightings["cuda-library-missing"]
    assert [line.number for line in seen.first] == [1, 2, 3]
    assert [line.number for line in seen.last] == [10, 11, 12]


def test_different_values_are_kept_up_to_a_bound():
    log = read_text("".join(missing(f"libcublas.so.{i}") for i in range(200)))
    assert len(log.values("cuda-library-missing")) == VALUES


def test_reading_stops_at_the_limit_and_says_so():
    log = read((b"x\n" * 1000 for _ in iter(int, 1)), limit_bytes=100_000)  # without end
    assert (log.size_bytes, log.truncated) == (100_000, True)
    assert not read([b"12345"], limit_bytes=5).truncated
    assert read([b"12345" + TEXT.encode()], limit_bytes=5).sightings == {}, "nothing behind the limit counts"


def repeated(text, size):
    block = text.encode() * max(1, BLOCK_BYTES // len(text))
    return (block for _ in range(size // len(block)))


@pytest.mark.parametrize("text", [TEXT, "x"], ids=["lines", "a line without end"])
def test_memory_does_not_grow_with_the_log(text):
    peaks = []
    for size in (4, 16):
        tracemalloc.start()
        read(repeated(text, size << 20))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2 + 1_000_000


def seconds(data):
    begin = time.process_time()
    explain(read([data]))
    return time.process_time() - begin


HOSTILE = {
    "a million times the same line": (cuinit("UNKNOWN ERROR (303)")[-60:]),
    "needles without line ends": "failed call to cuInit: Could not load dynamic library 'lib",
    "opening quotes": "Could not load dynamic library '" + "l" * 90,
    "job names": "Created device /job:" + "a" * 50,
    "escapes": "\x1b[" + "0;" * 20,
    "titles": "\x1b]0;" + "a" * 300,
    "NULs": "\0" * 64,
    "brackets": "[]",
    "carriage returns": "\r",
    "versions": "tensorflow==2.2.2.2.2.2.2.2",
    "paths": "; LD_LIBRARY_PATH: " + "/a" * 200,
    "dlerrors": "dlerror: dlerror: ImportError: ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_no_faster_than_a_hostile_log(name):
    text = HOSTILE[name]
    small = (text * (1 + (1 << 20) // len(text)))[: 1 << 20].encode()
    seconds(small)
    one, four = min(seconds(small) for _ in range(2)), seconds(small * 4)
    assert four < 4 * one * 3 + 1.0


@pytest.mark.parametrize("mark", MARKS, ids=lambda one: f"{one.kind}: {one.needle}"[:60])
def test_no_pattern_backtracks_without_bound(mark):
    """What follows the needle is the worst for its pattern: long runs of each class of characters, and of itself."""
    for filler in ("a", "0", " ", "/", ".", "'", mark.needle, "libcuda.so.", "MIG-", "device:GPU:"):
        line = (mark.needle + filler * LINE_BYTES)[:LINE_BYTES]
        begin = time.process_time()
        read_text(line)
        assert time.process_time() - begin < 0.5


def test_binary_rubbish_is_no_log():
    dice = random.Random(1)
    log = read([dice.randbytes(1 << 20) for _ in range(3)])
    assert explain(log).verdict == "unknown"


def test_a_log_inside_rubbish_is_found():
    dice = random.Random(2)
    rubbish = dice.randbytes(200_000)
    said = explain(read([rubbish, b"\n" + TEXT.encode() + b"\n", rubbish]))
    assert said.findings[0].id == "driver-not-installed"


def test_a_notebooks_file_is_a_log_too():
    escaped = LIBRARIES["all missing, 2.6"][0].replace("\n", '\\n",\n    "')
    assert explain(read_text(f'{{"cells": [{{"text": ["{escaped}"]}}]}}')).findings[0].id == "cuda-lib-missing"


def test_the_same_line_is_quoted_once():
    quoted = [one.observed for one in explain(read_text(missing("libcuda.so.1"))).findings[0].evidence]
    assert len(quoted) == len(set(quoted)) == 2


def test_a_log_is_read_the_same_twice():
    text = (TEXT + CREATED).encode()
    assert reader.read([text]).sightings.keys() == reader.read([text]).sightings.keys()
    assert explain(read([text])) == explain(read([text]))
