"""The vectors behind the levels *static* and *contextual*: found, loaded once, and handed to the pure core.

Nothing is ever downloaded. *static* reads the weights inside the installed wheel `wordllama`, without importing
it and without numpy; *contextual* runs any sentence encoder in ONNX from a folder that a setting names.
"""

import json
import mmap
import struct
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from operator import mul
from pathlib import Path
from typing import Any

from grading.core import keyword
from grading.core.alignment import Semantics
from grading.core.assessment import Assessment
from grading.core.rubric import Rubric
from grading.core.text import Token

LEVELS = ("lexical", "static", "contextual")


class LevelUnavailableError(RuntimeError):
    """A level was asked for whose vectors are not installed; the message says what is missing."""


@lru_cache(maxsize=4)
def semantics_for(level: str, model_folder: str = "") -> Semantics | None:
    """What a level needs, loaded on first use; None for *lexical*.

    model_folder holds `model.onnx` and `tokenizer.json` for *contextual*. Raises LevelUnavailableError, and
    ValueError for an unknown level.
    """
    if level == "lexical":
        return None
    if level == "static":
        return StaticVectors(*_static_files())
    if level == "contextual":
        return ContextualVectors(Path(model_folder))
    raise ValueError(f"“{level}” is not a level; the levels are {', '.join(LEVELS)}")


def _static_files() -> tuple[Path, Path]:
    found = find_spec("wordllama")
    folders = list(found.submodule_search_locations or ()) if found else []
    for folder in map(Path, folders):
        weights = folder / "weights" / "l2_supercat_256.safetensors"
        tokenizer = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
        if weights.is_file() and tokenizer.is_file():
            return weights, tokenizer
    raise LevelUnavailableError("the level “static” needs the package wordllama (its weights only)")


class StaticVectors:
    """One vector per piece of a word, whatever stands around it. Pure Python: the same on every machine."""

    level = "static"
    _MOST = 400_000  # pairs that are remembered; a pair costs about 100 bytes

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        with weights.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        (size,) = struct.unpack_from("<Q", self._data, 0)
        header = json.loads(self._data[8 : 8 + size])
        entry = next(value for key, value in header.items() if key != "__metadata__")
        if entry["dtype"] != "F16":
            raise LevelUnavailableError(f"{weights}: vectors of type {entry['dtype']}, expected F16")
        self._width = int(entry["shape"][1])
        self._start = 8 + size + int(entry["data_offsets"][0])
        model = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]
        self._vocabulary: dict[str, int] = model["vocab"]
        merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in model["merges"]]
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._vectors: dict[str, tuple[float, ...]] = {}
        self._pairs: dict[str, dict[str, float]] = {}
        self._count = 0

    def similarities(
        self, target: str, words: Sequence[Token], answer: str, others: Sequence[Token]
    ) -> list[list[float]]:
        """The cosine of every pair of words."""
        if self._count > self._MOST:
            self._pairs.clear()
            self._count = 0
        texts = [other.text for other in others]
        different = set(texts)
        matrix: list[list[float]] = []
        for word in words:
            known = self._pairs.setdefault(word.text, {})
            for text in different:
                if text not in known:
                    known[text] = sum(map(mul, self._vector(word.text), self._vector(text)))
                    self._count += 1
            matrix.append([known[text] for text in texts])
        return matrix

    def likeness(self, target: str, answer: str) -> float:
        """Static vectors say nothing about texts as wholes that their words do not."""
        return 0.0

    def _vector(self, word: str) -> tuple[float, ...]:
        vector = self._vectors.get(word)
        if vector is None:
            if len(self._vectors) > 50_000:
                self._vectors.clear()
            rows = [self._row(piece) for piece in self._pieces(word)]
            total = [sum(column) for column in zip(*rows, strict=True)] or [0.0] * self._width
            length = sum(x * x for x in total) ** 0.5 or 1.0
            vector = self._vectors[word] = tuple(x / length for x in total)
        return vector

    def _row(self, number: int) -> tuple[float, ...]:
        return struct.unpack_from(f"<{self._width}e", self._data, self._start + number * self._width * 2)

    def _pieces(self, word: str) -> list[int]:
        """Byte-pair encoding: merge the neighbours with the best rank until none is known."""
        whole = self._vocabulary.get("▁" + word)
        if whole is not None:
            return [whole]
        parts = list("▁" + word[:40])
        while len(parts) > 1:
            ranked = [(self._ranks.get(pair, 1 << 30), i) for i, pair in enumerate(pairwise(parts))]
            rank, i = min(ranked)
            if rank == 1 << 30:
                break
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return [self._vocabulary[p] for p in parts if p in self._vocabulary]


class ContextualVectors:
    """Vectors of words in their sentences, from a sentence encoder in ONNX (extra `semantic`)."""

    level = "contextual"
    _WINDOW = 254  # word pieces at a time, as encoders of this kind were trained

    def __init__(self, folder: Path) -> None:
        model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
        if not str(folder) or not model.is_file() or not tokenizer.is_file():
            raise LevelUnavailableError(
                f"the level “contextual” needs model.onnx and tokenizer.json in “{folder}”"
            )
        try:
            numpy, onnxruntime, tokenizers = map(import_module, ("numpy", "onnxruntime", "tokenizers"))
        except ImportError as error:
            raise LevelUnavailableError(
                f"the level “contextual” needs the extra “semantic”: {error}"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the same order of additions on every machine
        options.inter_op_num_threads = 1
        self._numpy: Any = numpy
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        bare = self._tokenizer.encode("")  # what stands around every text
        self._opening, self._closing = list(bare.ids[:1]), list(bare.ids[1:])
        # A vector for every piece of a long text is large; one for every word that is looked for is not.
        self._encoded = lru_cache(maxsize=8)(self._encode)
        self._placed = lru_cache(maxsize=512)(self._place)
        self._whole = lru_cache(maxsize=4096)(lambda text: self._encoded(text)[2])

    def similarities(self, target: str, words: Sequence[Token], answer: str, others: Sequence[Token]) -> Any:
        """The cosine of every pair of words, each in its own sentence."""
        return (self._placed(target, tuple(words)) @ self._placed(answer, tuple(others)).T).tolist()

    def likeness(self, target: str, answer: str) -> float:
        """The cosine of the mean vectors."""
        return float(self._whole(target) @ self._whole(answer))

    def _encode(self, text: str) -> tuple[list[tuple[int, int]], Any, Any]:
        """Offsets, a vector of length one for each word piece, and one for the whole."""
        numpy = self._numpy
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        opening, closing = self._opening, self._closing
        parts = []
        for start in range(0, max(1, len(encoding.ids)), self._WINDOW):
            ids = opening + list(encoding.ids[start : start + self._WINDOW]) + closing
            feed = {"input_ids": numpy.array([ids], dtype=numpy.int64)}
            feed["attention_mask"] = numpy.ones_like(feed["input_ids"])
            feed["token_type_ids"] = numpy.zeros_like(feed["input_ids"])
            hidden = self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs})[0][0]
            parts.append((hidden[len(opening) : len(ids) - len(closing)], hidden.mean(axis=0)))
        pieces = numpy.concatenate([p for p, _ in parts])
        whole = sum(mean for _, mean in parts)
        return encoding.offsets, self._unit(pieces), self._unit(whole)

    def _unit(self, values: Any) -> Any:
        lengths = self._numpy.linalg.norm(values, axis=-1, keepdims=True)
        return values / self._numpy.maximum(lengths, 1e-9)

    def _place(self, text: str, words: tuple[Token, ...]) -> Any:
        """One vector per word: the mean of the pieces that it covers."""
        offsets, pieces, _ = self._encoded(text)
        self._whole(text)
        result = self._numpy.zeros((len(words), pieces.shape[-1]), dtype=self._numpy.float32)
        first = 0
        for row, word in enumerate(words):
            while first < len(offsets) and offsets[first][1] <= word.start:
                first += 1
            last = first
            while last < len(offsets) and offsets[last][0] < word.end:
                last += 1
            if last > first:
                result[row] = self._unit(pieces[first:last].mean(axis=0))
        return result


def grade(
    question: str, rubric: Rubric, answer: str, *, level: str = "lexical", model_folder: str = ""
) -> Assessment:
    """The offline grader at a level, with what the level needs. Raises as semantics_for does."""
    return keyword.grade(question, rubric, answer, level=level, semantics=semantics_for(level, model_folder))
