#!/usr/bin/env python3
"""Bytes that llama.cpp's own Python package writes: `python make.py` (needs numpy and gguf 0.19).

numbers.json: float32 numbers (as bits) and what they are as F16, BF16 and Q8_0.
head.gguf: a small file, metadata of every type that we write and two tensors.
"""
import json
import pathlib

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, quantize

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(0)
rows = [
    rng.normal(0, 0.02, 32),
    rng.normal(0, 3, 32),
    np.zeros(32),
    np.linspace(-127, 127, 32),  # a scale of 1
    (np.arange(32) - 16) / 2 * 127 / 8,  # halves, which round away from zero
    np.geomspace(1e-9, 1e-3, 32),  # subnormal f16, and scales that vanish
    np.full(32, -65504),
    rng.normal(0, 0.02, 32) * np.geomspace(1e-6, 1, 32),
]
x = np.array(rows, dtype=np.float32)
types = {name: getattr(GGMLQuantizationType, name) for name in ("F16", "BF16", "Q8_0")}
stored = {name: quantize(x, kind).view(np.uint8).ravel().tobytes().hex() for name, kind in types.items()}
(here / "numbers.json").write_text(json.dumps({"F32": x.tobytes().hex(), **stored}, indent=1) + "\n")

writer = GGUFWriter(here / "head.gguf", "llama")
writer.add_uint32("a.count", 7)
writer.add_float32("a.real", 1e-5)
writer.add_bool("a.flag", True)
writer.add_string("a.text", "Grüße 👋")
writer.add_array("a.texts", ["", "Ġa", "ß"])
writer.add_array("a.numbers", [1, -2, 3])
writer.add_tensor("matrix", np.arange(6, dtype=np.float32).reshape(2, 3).astype(np.float16))
writer.add_tensor("vector", np.arange(3, dtype=np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
