#!/usr/bin/env python3
"""Adapters that PEFT wrote and merged: `python make.py` (made with peft 0.21, transformers 5.24, torch 2.15).

Over `../golden/qwen3`, each folder holds an adapter and `merged.safetensors`, the matrices that it changes after
`merge_and_unload`: `patterns` with ranks and alphas that differ between layers, `stabilized` with α / √r and a regular expression.
"""
import json
import pathlib
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
base = here.parent / "golden" / "qwen3"
adapters = {
    "patterns": LoraConfig(
        task_type="CAUSAL_LM", r=2, lora_alpha=6, target_modules=["q_proj", "down_proj"],
        rank_pattern={"layers.1.self_attn.q_proj": 3}, alpha_pattern={"down_proj": 5, r"layers\.\d+\.self_attn.q_proj": 7}),
    "stabilized": LoraConfig(
        task_type="CAUSAL_LM", r=2, lora_alpha=6, use_rslora=True, target_modules=r".*layers\.1\.(self_attn\.[kv]|mlp\.up)_proj"),
}
for name, config in adapters.items():
    torch.manual_seed(len(name))
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), config)
    for key, parameter in model.named_parameters():
        if "lora_B" in key:
            torch.nn.init.normal_(parameter.data, std=0.3)
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    written = json.loads((folder / "adapter_config.json").read_text())
    written["base_model_name_or_path"] = "../golden/qwen3"
    (folder / "adapter_config.json").write_text(json.dumps(written, indent=2) + "\n")
    changed = {key.replace("base_model.model.", "").replace(".base_layer", "") for key, _ in model.named_parameters() if ".base_layer" in key}
    merged = model.merge_and_unload().state_dict()
    save_file({key: merged[key].contiguous() for key in sorted(changed)}, folder / "merged.safetensors")
