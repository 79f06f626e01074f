"""Peers of the benchmark, driven line by line: a JSON request on standard input, a JSON answer on standard output.

The driver lets its own side and a peer take turns, so that a load of the machine hits both. Libraries are imported by the request that
needs them. Times are seconds by the clock, or of
processor time where the driver asks for that.
"""
import json
import os
import resource
import sys
import time

THREADS = int(os.environ.get("ICRL_BENCH_THREADS", "2"))
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # whatever a library prints must not reach the protocol

now = time.process_time if os.environ.get("ICRL_BENCH_CLOCK") == "processor" else time.perf_counter
loaded = {}


def timed(run, repeats):
    start = now()
    for _ in range(repeats):
        run()
    return (now() - start) / repeats


def torch_module():
    import torch

    torch.set_num_threads(THREADS)
    return torch


def product_of(library, size):
    """A function that multiplies two square matrices once, into memory it owns where the library allows that."""
    if library == "tensorflow":
        # TensorFlow takes as many threads as it has processors; told a number it computes on one fewer, or on one.
        if THREADS < len(os.sched_getaffinity(0)):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
        import tensorflow as tf

        a, b = tf.random.normal((size, size)), tf.random.normal((size, size))
        return lambda: tf.matmul(a, b)
    import numpy as np

    random = np.random.default_rng(1)
    a, b = (random.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    if library == "numpy":
        out = np.empty_like(a)
        return lambda: np.matmul(a, b, out=out)
    torch = torch_module()
    a, b = torch.from_numpy(a), torch.from_numpy(b)
    out = torch.empty_like(a)
    return lambda: torch.mm(a, b, out=out)


def product(library, size, repeats):
    key = (library, size)
    if key not in loaded:
        loaded[key] = product_of(library, size)
        loaded[key]()
    return {"seconds": timed(loaded[key], repeats)}


def load(folder):
    torch_module()
    from decoder import load_decoder

    decoder = load_decoder(folder)
    loaded["decoder"] = loaded["run"] = decoder
    return {"parameters": sum(p.numel() for p in decoder.parameters())}


def load_adapter(folder, rank, alpha):
    """The model with a LoRA adapter in every linear layer of its blocks: A and B alone are learned."""
    torch = torch_module()
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    layers = [f"{name}_proj" for name in ("q", "k", "v", "o", "gate", "up", "down")]
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", r=rank, lora_alpha=alpha, target_modules=layers)).train()

    def loss(inputs, targets):
        logits = model(input_ids=inputs).logits
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())

    loaded["decoder"], loaded["run"] = model, loss
    return {"parameters": sum(p.numel() for p in model.parameters() if p.requires_grad)}


def compile():
    loaded["run"] = torch_module().compile(loaded["decoder"])
    return {}


def step(ids, repeats):
    """Training steps: forward, backward, AdamW. The loss is the first one's."""
    torch = torch_module()
    if "optimizer" not in loaded:
        learned = [p for p in loaded["decoder"].parameters() if p.requires_grad]
        loaded["optimizer"] = torch.optim.AdamW(learned, lr=1e-4, betas=(0.9, 0.95), weight_decay=0, fused=True)
    rows = torch.tensor(ids)
    inputs, targets = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
    losses = []

    def run():
        loss = loaded["run"](inputs, targets)
        loss.backward()
        loaded["optimizer"].step()
        loaded["optimizer"].zero_grad(set_to_none=True)
        losses.append(loss.detach())

    return {"seconds": timed(run, repeats), "loss": losses[0].item()}


def load_group(base, folder):
    """A PEFT folder's adapter, which learns, over its base."""
    torch = torch_module()
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    loaded["decoder"] = PeftModel.from_pretrained(model, folder, is_trainable=True).train()
    return {"parameters": sum(p.numel() for p in loaded["decoder"].parameters() if p.requires_grad)}


def group_step(ids, answer, advantages, at_once, gradients=None):
    """One policy-gradient step on the last `answer` tokens of each sequence: forward and backward of `at_once` sequences at a time, AdamW.

    The sequences are equally long, so that nothing is padded and attention needs no mask; logits are computed of the answers alone. With
    `gradients`, a file, those of the adapter are written to it outside of the time.
    """
    torch = torch_module()
    model = loaded["decoder"]
    learned = {name: p for name, p in model.named_parameters() if p.requires_grad}
    if "optimizer" not in loaded:
        loaded["optimizer"] = torch.optim.AdamW(learned.values(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0, fused=True)
    rows, weights = torch.tensor(ids), torch.tensor(advantages)
    total = torch.zeros(())

    def accumulate():
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            logits = model(input_ids=part[:, :-1].contiguous(), logits_to_keep=answer, use_cache=False).logits
            negative = torch.nn.functional.cross_entropy(logits.flatten(0, 1), part[:, -answer:].flatten(), reduction="none")
            loss = (negative.view(-1, answer) * weights[start : start + at_once, None]).sum() / (len(rows) * answer)
            loss.backward()
            total.add_(loss.detach())

    def update():
        loaded["optimizer"].step()
        loaded["optimizer"].zero_grad(set_to_none=True)

    seconds = timed(accumulate, 1)
    if gradients is not None:
        from safetensors.torch import save_file

        short = lambda name: name.removeprefix("base_model.model.").replace(".default.", ".")
        save_file({short(name): p.grad.contiguous() for name, p in learned.items()}, gradients)
    return {"seconds": seconds + timed(update, 1), "loss": total.item()}


def generate(folder, prompts, fresh, repeats):
    """Greedy generation of exactly `fresh` tokens after each prompt, with a key/value cache."""
    torch = torch_module()
    if "generator" not in loaded:
        from transformers import AutoModelForCausalLM

        loaded["generator"] = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    model, ids = loaded["generator"], torch.tensor(prompts)
    outs = []

    def run():
        with torch.no_grad():
            outs.append(
                model.generate(
                    ids, attention_mask=torch.ones_like(ids), do_sample=False, use_cache=True, max_new_tokens=fresh, min_new_tokens=fresh, pad_token_id=0
                )
            )

    return {"seconds": timed(run, repeats), "tokens": outs[0].numel() - ids.numel()}


def versions(names):
    from importlib.metadata import PackageNotFoundError, version

    def found(name):
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    return {name: found(name) for name in names}


def memory():
    """Most memory this process ever held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"bytes": most if sys.platform == "darwin" else most * 1024}


REQUESTS = {f.__name__: f for f in (product, load, load_adapter, compile, step, load_group, group_step, generate, versions, memory)}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = REQUESTS[request.pop("request")](**request)
    except Exception as error:  # the driver reports it in the row
        answer = {"error": f"{type(error).__name__}: {error}".split("\n")[0]}
    print(json.dumps(answer), file=ANSWERS, flush=True)
