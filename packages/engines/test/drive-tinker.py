"""Trains over a server of the Tinker protocol with the official SDK, as its users do.

TINKER_BASE_URL and TINKER_API_KEY name the server, the first argument the base model. Prints one
line of JSON per check: {"name": …, "value": …}.
"""

import json
import math
import sys
import tarfile
import urllib.request
from io import BytesIO

import tinker
from tinker import types

BASE = sys.argv[1]
IDS = [3, 14, 15, 9, 26, 5, 35]
WANTED = {3, 5, 7}


def say(name, value):
    print(json.dumps({"name": name, "value": value}), flush=True)


def datum(ids, **inputs):
    return types.Datum(
        model_input=types.ModelInput.from_ints(ids[:-1]),
        loss_fn_inputs={
            "target_tokens": types.TensorData(data=ids[1:], dtype="int64", shape=[len(ids) - 1]),
            **{
                name: types.TensorData(data=values, dtype="float32", shape=[len(values)])
                for name, values in inputs.items()
            },
        },
    )


def logprobs_of(client, ids):
    out = client.forward([datum(ids, weights=[1.0] * (len(ids) - 1))], "cross_entropy").result()
    return list(out.loss_fn_outputs[0]["logprobs"].data)


def draw(sampler, num_samples, seed, max_tokens=8, **params):
    return sampler.sample(
        prompt=types.ModelInput.from_ints(IDS[:2]),
        num_samples=num_samples,
        sampling_params=types.SamplingParams(max_tokens=max_tokens, seed=seed, **params),
    ).result()


def ready(made):
    """What older versions answer at once, newer ones promise."""
    return made.result() if hasattr(made, "result") else made


def model_of(service, **lora):
    return ready(service.create_lora_training_client(base_model=BASE, **lora))


def train_supervised(client):
    losses = []
    for _ in range(4):
        passed = client.forward_backward([datum(IDS, weights=[1.0] * 6)], "cross_entropy")
        stepped = client.optim_step(types.AdamParams(learning_rate=0.02))
        losses.append(passed.result().metrics["loss:sum"])
        stepped.result()
    return losses


def train_by_reward(client, steps=16, group=24):
    """GRPO as tinker-cookbook writes it: a mean per group, importance sampling over the answer."""
    rewards = []
    for step in range(steps):
        sampler = ready(client.save_weights_and_get_sampling_client())
        sampled = draw(sampler, group, 1000 * step)
        scores = [sum(t in WANTED for t in s.tokens) / len(s.tokens) for s in sampled.sequences]
        mean = sum(scores) / len(scores)
        data = []
        for sequence, score in zip(sampled.sequences, scores):
            prompt = IDS[:2]
            padding = [0.0] * (len(prompt) - 1)
            data.append(
                datum(
                    prompt + list(sequence.tokens),
                    logprobs=padding + list(sequence.logprobs),
                    advantages=padding + [score - mean] * len(sequence.tokens),
                )
            )
        passed = client.forward_backward(data, "importance_sampling")
        stepped = client.optim_step(types.AdamParams(learning_rate=0.02, grad_clip_norm=100.0))
        passed.result()
        stepped.result()
        rewards.append(mean)
    return rewards


def custom(client):
    import torch

    def loss(data, logprobs):
        return -sum(x.exp().sum() for x in logprobs), {"mine": 1.0}

    before = logprobs_of(client, IDS)
    result = client.forward_backward_custom([datum(IDS)], loss)
    result = result.result()
    client.optim_step(types.AdamParams(learning_rate=0.01)).result()
    after = logprobs_of(client, IDS)
    gain = sum(map(math.exp, after)) - sum(map(math.exp, before))
    return [gain, result.metrics["mine"]]


def archive_of(service, path):
    rest = service.create_rest_client()
    if not hasattr(rest, "get_checkpoint_archive_url_from_tinker_path"):
        return None
    url = rest.get_checkpoint_archive_url_from_tinker_path(path).result().url
    with urllib.request.urlopen(url) as answer:
        files = tarfile.open(fileobj=BytesIO(answer.read()), mode="r:gz")
    return sorted(files.getnames())


def main():
    service = tinker.ServiceClient()
    models = service.get_server_capabilities().supported_models
    say("models", [model.model_name for model in models])
    client = model_of(service, rank=4, seed=7)
    say("losses", train_supervised(client))

    sampler = ready(client.save_weights_and_get_sampling_client())
    sampled = draw(sampler, 2, 5).sequences
    forward = [logprobs_of(client, IDS[:2] + list(s.tokens))[1:] for s in sampled]
    say("equal", [list(s.logprobs) == f for s, f in zip(sampled, forward)])
    say("repeated", list(draw(sampler, 1, 5).sequences[0].tokens) == list(sampled[0].tokens))
    stop = list(sampled[0].tokens)[2]
    ended = draw(sampler, 1, 5, stop=[stop]).sequences[0]
    say("stopped", [str(ended.stop_reason), list(ended.tokens)[-1] == stop])
    scored = sampler.compute_logprobs(types.ModelInput.from_ints(IDS)).result()
    say("prompt", [scored[0], list(scored[1:]) == logprobs_of(client, IDS)])

    saved = client.save_state("one").result().path
    before = logprobs_of(client, IDS)
    train_supervised(client)
    after = logprobs_of(client, IDS)
    restored = ready(service.create_training_client_from_state_with_optimizer(saved))
    same = logprobs_of(restored, IDS) == before
    train_supervised(restored)
    say("restored", [same, logprobs_of(restored, IDS) == after])
    named = client.save_weights_for_sampler("final").result().path
    other = ready(service.create_sampling_client(model_path=named))
    say("named", list(other.compute_logprobs(types.ModelInput.from_ints(IDS)).result()[1:]) == after)
    say("archive", archive_of(service, named))

    try:
        client.forward_backward([datum([1, 10_000])], "cross_entropy").result()
        say("refused", "no")
    except Exception as error:  # Whatever the SDK makes of it.
        say("refused", str(error))

    say("rewards", train_by_reward(model_of(service, rank=8, seed=1)))
    try:
        say("custom", custom(model_of(service, rank=8, seed=2)))
    except ImportError as error:
        say("custom", str(error))


main()
