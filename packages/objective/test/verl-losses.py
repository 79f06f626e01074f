"""Losses of verl on seeded ragged batches: writes verl-losses.json beside this file.

    pip install torch numpy && pip install --no-deps verl==0.9.1 && python verl-losses.py

The functions are read out of the installed package and run alone, in float64. Inputs are drawn by the
generator below, which the test repeats; each batch is stored as its loss and the sum of its gradient
times a further draw per token.
"""

import ast
import importlib.util
import json
import pathlib
from collections import defaultdict

import numpy as np
import torch

MASK = (1 << 32) - 1


def draws(seed):
    state = (seed * 2654435761 + 1) & MASK
    while True:
        state ^= (state << 13) & MASK
        state ^= state >> 17
        state ^= (state << 5) & MASK
        yield state / 2**32


class Settings(dict):
    def __getattr__(self, name):
        return self.get(name)


class Functional:
    @staticmethod
    def masked_sum(values, mask):
        return (values * mask).sum()

    @staticmethod
    def masked_mean(values, mask):
        return (values * mask).sum() / (mask.sum() + 1e-8)

    @staticmethod
    def masked_whiten(values, mask):
        mean = (values * mask).sum() / mask.sum()
        count = mask.sum()
        variance = (((values - mean) ** 2) * mask).sum() / mask.sum() * count / (count - 1)
        return (values - mean) * torch.rsqrt(variance + 1e-8)


def spread(count):
    """An order whose first `wanted` are evenly spread, in place of a random one."""
    wanted = min(count, spread.wanted)
    first = [int((i + 0.5) * count / wanted) for i in range(wanted)]
    return torch.tensor(first + [i for i in range(count) if i not in first])


def losses():
    source = pathlib.Path(importlib.util.find_spec("verl").origin).parent
    tree = ast.parse((source / "trainer/ppo/core_algos.py").read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    wanted = ("agg_loss", "compute_policy_loss_", "compute_gdpo", "compute_grpo_outcome")
    kept = [node for node in functions if node.name.startswith(wanted)]
    for node in kept:
        node.decorator_list = []
        node.returns = None
        for argument in node.args.args + node.args.kwonlyargs:
            argument.annotation = None
    fake = type("fake_torch", (), {"__getattr__": lambda self, name: getattr(torch, name)})()
    fake.randperm = spread
    scope = {
        "torch": fake,
        "np": np,
        "verl_F": Functional,
        "AlgoConfig": type("AlgoConfig", (), {}),
        "ActorConfig": Settings,
        "defaultdict": defaultdict,
    }
    exec(compile(ast.Module(kept, []), "core_algos", "exec"), scope)
    return scope


ARMS = {
    "sapo": dict(tau_pos=1.0, tau_neg=1.05),
    "dppo_tv": dict(clip_ratio=0.05, clip_ratio_low=0.04, clip_ratio_high=0.06, clip_ratio_c=1.5),
    "dppo_kl": dict(clip_ratio=0.02, clip_ratio_low=0.01, clip_ratio_high=0.03, clip_ratio_c=20.0),
    "geo_mean": dict(clip_ratio=0.4, clip_ratio_low=0.2, clip_ratio_high=0.3),
    "clip_cov": dict(clip_ratio=0.2, clip_ratio_low=0.2, clip_ratio_high=0.28),
    "kl_cov": dict(clip_ratio=0.2),
}
COV = dict(clip_cov_ratio=0.2, clip_cov_lb=0.1, clip_cov_ub=0.9, kl_cov_ratio=0.2, ppo_kl_coef=0.7)


def batch(seed):
    draw = draws(seed)
    rows = 2 + int(next(draw) * 4)
    lengths = [1 + int(next(draw) * 7) for _ in range(rows)]
    width = max(lengths)
    made = {name: torch.zeros(rows, width, dtype=torch.float64) for name in ("old", "new", "advantages", "mask", "probe")}
    for row, length in enumerate(lengths):
        advantage = 4 * next(draw) - 2
        for t in range(length):
            made["old"][row, t] = -0.1 - 3 * next(draw)
            made["new"][row, t] = min(-0.01, made["old"][row, t] + 1.2 * next(draw) - 0.6)
            made["advantages"][row, t] = advantage
            made["mask"][row, t] = 0 if t > 0 and next(draw) < 0.2 else 1
            made["probe"][row, t] = next(draw)
    return made


def main():
    scope = losses()
    stored = {name: [] for name in ARMS}
    for seed in range(1, 241):
        inputs = batch(seed)
        for name, settings in ARMS.items():
            new = inputs["new"].clone().requires_grad_(True)
            spread.wanted = max(1, int(0.2 * int(inputs["mask"].sum())))
            config = Settings(settings, policy_loss=Settings(COV), global_batch_info={})
            loss, _ = scope[f"compute_policy_loss_{name}"](
                old_log_prob=inputs["old"],
                log_prob=new,
                advantages=inputs["advantages"],
                response_mask=inputs["mask"],
                loss_agg_mode="token-mean",
                config=config,
            )
            loss.backward()
            slope = (new.grad * inputs["probe"]).sum()
            stored[name].append([float(f"{loss.item():.8g}"), float(f"{slope.item():.8g}")])
    path = pathlib.Path(__file__).with_suffix(".json")
    lines = ",\n".join(f'  "{name}": {json.dumps(values)}' for name, values in stored.items())
    path.write_text("{\n" + lines + "\n}\n")


main()
