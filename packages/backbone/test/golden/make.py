#!/usr/bin/env python3
"""Golden fixtures of the backbone, made by PyTorch and transformers.

    make.py models            # small random models with logits and every parameter's gradient, beside this file
    make.py greedy MODEL_DIR  # 64 greedy tokens after five prompts of a real model, into greedy.json

Needs: torch, transformers (made with torch 2.15, transformers 5.23). Logits and gradients are computed in float64 from float32 weights.
"""
import json
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
SIZES = dict(hidden_size=16, num_hidden_layers=2, intermediate_size=24, vocab_size=29, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=64, initializer_range=0.3)
LENGTHS = (21, 13)
MODELS = {
    "qwen3": (transformers.Qwen3Config, dict(head_dim=8, tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "qwen3-yarn-bias": (transformers.Qwen3Config, dict(
        head_dim=8, tie_word_embeddings=False, attention_bias=True,
        rope_parameters=dict(rope_type="yarn", rope_theta=1e4, factor=4.0, original_max_position_embeddings=16))),
    "qwen2": (transformers.Qwen2Config, dict(tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=1e6))),
    "llama3": (transformers.LlamaConfig, dict(
        head_dim=4, tie_word_embeddings=False,
        rope_parameters=dict(rope_type="llama3", rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32))),
    "llama-linear-bias": (transformers.LlamaConfig, dict(
        head_dim=4, tie_word_embeddings=True, attention_bias=True, rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=2.0))),
}
PROMPTS = (
    "What is the capital of France?",
    "A shop sells pencils at 3 for 45 cents. How much do 12 pencils cost?",
    "Write a haiku about the sea.",
    "List three prime numbers between 20 and 40.",
    "Explain in one sentence why the sky is blue.",
)


def make_model(name, config_class, options):
    torch.manual_seed(sum(map(ord, name)))
    model = transformers.AutoModelForCausalLM.from_config(config_class(**SIZES, **options), attn_implementation="eager")
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "norm" in key:
                parameter.add_(0.2 * torch.randn_like(parameter))
            elif key.endswith("bias"):
                parameter.copy_(0.3 * torch.randn_like(parameter))
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    shards = dict(max_shard_size="12KB") if name == "llama3" else {}
    model.save_pretrained(folder, **shards)
    model = model.double()
    found = {}
    for i, length in enumerate(LENGTHS):
        ids = torch.randint(0, SIZES["vocab_size"], (length,))
        with torch.no_grad():
            logits = model(ids[None]).logits[0]
        found |= {f"ids.{i}": ids.float(), f"slopes.{i}": torch.randn(length - 1), f"logits.{i}": logits.float()}
    found |= gradients_of(model, found)
    save_file(found, folder / "expected.safetensors")
    (folder / "generation_config.json").unlink(missing_ok=True)


def gradients_of(model, found):
    """Of Σ slope · log-probability over both sequences."""
    loss = 0
    for i in range(len(LENGTHS)):
        ids = found[f"ids.{i}"].long()
        logprobs = torch.log_softmax(model(ids[None]).logits[0][:-1], -1).gather(1, ids[1:, None])[:, 0]
        loss = loss + (found[f"slopes.{i}"].double() * logprobs).sum()
    loss.backward()
    return {f"gradient.{key}": parameter.grad.float() for key, parameter in model.named_parameters()}


def greedy(directory):
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
    cases = []
    for prompt in PROMPTS:
        text = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=False)
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
        # Without a mask generate() guesses one that hides every end-of-message token of the prompt: it is the padding token too.
        out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=64, do_sample=False, output_logits=True, return_dict_in_generate=True, eos_token_id=None)
        top = [logits[0].topk(2).values for logits in out.logits]
        tokens = out.sequences[0, ids.shape[1]:].tolist()
        margins = [float(a - b) for a, b in top]
        cases.append(dict(prompt=prompt, promptIds=ids[0].tolist(), tokens=tokens, text=tokenizer.decode(tokens),
                          ties=[t for t, margin in enumerate(margins) if margin < 1e-4], smallestMargin=min(margins)))
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    (HERE / "greedy.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["models"]:
        for name, (config_class, options) in MODELS.items():
            make_model(name, config_class, options)
    elif len(sys.argv) == 3 and sys.argv[1] == "greedy":
        greedy(sys.argv[2])
    else:
        sys.exit(__doc__)
