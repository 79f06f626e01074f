"""Prints what kernels for a GPU a TensorFlow library registers: no GPU is needed to ask.

usage: python3 registered-kernels.py LIBTENSORFLOW_CC OP...

{"tensorflow": version, "ops": how many have a kernel, "onGpu": how many of them one for a GPU,
 "gpu": {OP: [{attribute: [type numbers]}, ...]}}, for the ops that are named: kernels for a GPU and
 those for every device.
"""

import ctypes
import json
import sys


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("free", ctypes.c_void_p)]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """The fields of a protocol buffer's message: (number, bytes or int)."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 2:
            length, at = varint(data, at)
            yield key >> 3, data[at : at + length]
            at += length
        elif key & 7 == 0:
            value, at = varint(data, at)
            yield key >> 3, value
        else:
            raise SystemExit(f"field {key} is neither a number nor bytes")


def types_of(value):
    """AttrValue.list.type, packed or not."""
    found = []
    for number, listed in fields(value):
        if number != 1:
            continue
        for member, packed in fields(listed):
            if member != 6:
                continue
            if isinstance(packed, int):
                found.append(packed)
                continue
            at = 0
            while at < len(packed):
                one, at = varint(packed, at)
                found.append(one)
    return found


library = ctypes.CDLL(sys.argv[1], mode=ctypes.RTLD_GLOBAL)
library.TF_NewStatus.restype = ctypes.c_void_p
library.TF_GetAllRegisteredKernels.restype = ctypes.POINTER(Buffer)
library.TF_GetAllRegisteredKernels.argtypes = [ctypes.c_void_p]
library.TF_Version.restype = ctypes.c_char_p
answer = library.TF_GetAllRegisteredKernels(library.TF_NewStatus()).contents
kernels = ctypes.string_at(answer.data, answer.length)

devices, gpu = {}, {}
for _, kernel in fields(kernels):
    op = device = None
    constraints = {}
    for number, value in fields(kernel):
        if number == 1:
            op = value.decode()
        elif number == 2:
            device = value.decode()
        elif number == 3:
            constraint = dict(fields(value))
            constraints[constraint[1].decode()] = types_of(constraint[2])
    devices.setdefault(op, set()).add(device)
    # What is for every device leaves int32 in the host's memory, as TensorFlow means it to be.
    if device in ("GPU", "DEFAULT"):
        gpu.setdefault(op, []).append(constraints)
json.dump(
    {
        "tensorflow": library.TF_Version().decode(),
        "ops": len(devices),
        "onGpu": sum("GPU" in where for where in devices.values()),
        "gpu": {op: gpu.get(op, []) for op in sorted(sys.argv[2:])},
    },
    sys.stdout,
)
