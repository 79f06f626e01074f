#!/usr/bin/env python3
"""Adapters of the golden models as PEFT saves them, with the logits and every gradient of A and B.

    make-adapters.py    # adapters/NAME beside this file

Needs: torch, transformers, peft (made with torch 2.15, transformers 5.23, peft 0.21). Computed in float64 from float32 weights.
"""
import pathlib
import shutil

import peft
import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
LENGTHS = (21, 13)
ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = {
    "qwen3": dict(r=3, lora_alpha=6, target_modules=ALL),
    "llama-linear-bias": dict(r=4, lora_alpha=8, use_rslora=True, target_modules=["q_proj", "v_proj", "down_proj"]),
}


def make_adapter(name, options):
    torch.manual_seed(sum(map(ord, name)))
    base = transformers.AutoModelForCausalLM.from_pretrained(HERE / name, attn_implementation="eager", dtype=torch.float32)
    model = peft.get_peft_model(base, peft.LoraConfig(task_type="CAUSAL_LM", **options))
    own = {key: parameter for key, parameter in model.named_parameters() if parameter.requires_grad}
    with torch.no_grad():
        for parameter in own.values():
            parameter.copy_(0.3 * torch.randn_like(parameter))
    folder = HERE / "adapters" / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = folder / "adapter_config.json"
    config.write_text(config.read_text().replace(str(HERE / name), f"../{name}"))
    model = model.double()
    found, loss = {}, 0
    for i, length in enumerate(LENGTHS):
        ids = torch.randint(0, base.config.vocab_size, (length,))
        logits = model(input_ids=ids[None]).logits[0]
        slopes = torch.randn(length - 1)
        chosen = torch.log_softmax(logits[:-1], -1).gather(1, ids[1:, None])[:, 0]
        loss = loss + (slopes.double() * chosen).sum()
        found |= {f"ids.{i}": ids.float(), f"logits.{i}": logits.detach().float(), f"slopes.{i}": slopes}
    loss.backward()
    for key, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter_name = key.removeprefix("base_model.model.").replace(".default", "")
            found[f"gradient.{parameter_name}"] = parameter.grad.float().contiguous()
    save_file(found, folder / "expected.safetensors")


if __name__ == "__main__":
    for name, options in ADAPTERS.items():
        make_adapter(name, options)
