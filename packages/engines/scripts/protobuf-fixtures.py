"""Writes test/fixtures/protobuf-VERSION.json: messages as the official SDK of that version puts them on the wire.

    python3.12 -m venv VENV && VENV/bin/pip install tinker==VERSION
    VENV/bin/python packages/engines/scripts/protobuf-fixtures.py

Requests are made by the SDK's own conversion; results by its generated classes, and read back by its conversion.
Versions in use: 0.24.1 (the last that can speak JSON), 0.25.0 (the first that cannot) and the newest.
"""

import base64, json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from tinker import types
from tinker.proto import tinker_public_pb2 as pb
from tinker.proto.request_conv import forward_backward_request_to_proto
from tinker.proto.response_conv import deserialize_proto_response
from tinker.types.forward_backward_input import ForwardBackwardInput
from tinker.types.forward_backward_output import ForwardBackwardOutput
from tinker.types.forward_backward_request import ForwardBackwardRequest
from tinker.types.sample_response import SampleResponse


def tensor(values, dtype):
    return types.TensorData(data=values, dtype=dtype, shape=[len(values)])


def datum(tokens, advantages):
    n = len(tokens) - 1
    inputs = {
        "target_tokens": tensor(tokens[1:], "int64"),
        "logprobs": tensor([-0.5 * (i + 1) for i in range(n)], "float32"),
        "advantages": tensor(advantages, "float32"),
    }
    return types.Datum(model_input=types.ModelInput.from_ints(tokens[:-1]), loss_fn_inputs=inputs)


def request(forward_only):
    data = [datum([1, 511, 3, 70000], [0.0, 1.5, -2.25]), datum([7, 8], [1.0])]
    config = None if forward_only else {"clip_low_threshold": 0.8, "clip_high_threshold": 1.25}
    body = ForwardBackwardRequest(
        forward_backward_input=ForwardBackwardInput(data=data, loss_fn="ppo", loss_fn_config=config), model_id="model_1", seq_id=3
    )
    message = forward_backward_request_to_proto(body)
    message.forward_only = forward_only
    return message.SerializeToString()


def pass_result():
    message = pb.ForwardBackwardOutput(loss_fn_output_type="scalar", metrics={"loss:sum": 1.25})
    record = message.loss_fn_outputs.add(num_datums=2)
    parts = {"logprobs": [[-1.0, -2.5, -0.125], [-3.0]], "elementwise_loss": [[0.5, 0.25, 0.0], [1.0]]}
    for name, arrays in parts.items():
        arrays = [np.asarray(a, np.float32) for a in arrays]
        offsets = np.cumsum([0] + [a.nbytes for a in arrays]).astype(np.int64)
        record.fields[name].CopyFrom(
            pb.BatchedTensor(data=b"".join(a.tobytes() for a in arrays), offsets=offsets.tobytes(), dtype=pb.DTYPE_FLOAT32)
        )
    wire = message.SerializeToString()
    read = deserialize_proto_response(wire, ForwardBackwardOutput)
    assert [list(o["logprobs"].tolist()) for o in read.loss_fn_outputs] == parts["logprobs"]
    return wire


def sample_result():
    message = pb.SampleResponse(prompt_logprobs=np.asarray([np.nan, -1.5], np.float32).tobytes())
    for reason, tokens, logprobs in (("STOP", [5, 2], [-0.5, -0.25]), ("LENGTH", [70000], [-4.0])):
        message.sequences.append(
            pb.SampledSequence(
                stop_reason=getattr(pb, f"STOP_REASON_{reason}"),
                tokens=np.asarray(tokens, np.int32).tobytes(),
                logprobs=np.asarray(logprobs, np.float32).tobytes(),
            )
        )
    wire = message.SerializeToString()
    read = deserialize_proto_response(wire, SampleResponse)
    assert [s.stop_reason for s in read.sequences] == ["stop", "length"]
    return wire


fixtures = {
    "tinker": version("tinker"),
    "forwardBackward": request(False),
    "forward": request(True),
    "passResult": pass_result(),
    "sampleResult": sample_result(),
}
out = Path(__file__).parent.parent / "test/fixtures" / f"protobuf-{version('tinker')}.json"
out.write_text(json.dumps({k: v if isinstance(v, str) else base64.b64encode(v).decode() for k, v in fixtures.items()}, indent=2) + "\n")
print(out)
