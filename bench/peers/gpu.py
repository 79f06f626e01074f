"""What torch with transformers makes of the training steps and the sampling of `src/gpu-steps.ts`, on the same GPU: the same shapes, noise for weights.

    python3 gpu.py         on a GPU, in bf16: SDPA, gradient checkpointing, fused AdamW
    python3 gpu.py shim    a rehearsal: a tiny model on a processor, no figure means anything

The peer's bf16 weights learn without float32 masters. Adapters need peft.
"""
import importlib.util
import sys
import time

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

REHEARSAL = sys.argv[1:] == ["shim"]
DEVICE = "cpu" if REHEARSAL else "cuda"
# Sequences of a training step, half of each a prompt, and as many of them at once; then those that are sampled.
TRAINED, LENGTH, AT_ONCE, SAMPLED, ANSWER = (2, 16, 1, 2, 4) if REHEARSAL else (16, 1024, 4, 128, 128)
LAYERS = [f"{name}_proj" for name in ("q", "k", "v", "o", "gate", "up", "down")]


def qwen3(hidden, feed_forward, heads, blocks):
    sizes = dict(hidden_size=hidden, intermediate_size=feed_forward, num_attention_heads=heads, num_hidden_layers=blocks)
    if REHEARSAL:
        sizes = dict(hidden_size=32, intermediate_size=48, num_attention_heads=4, num_hidden_layers=2)
    return Qwen3Config(
        **sizes,
        num_key_value_heads=2 if REHEARSAL else 8,
        head_dim=8 if REHEARSAL else 128,
        vocab_size=64 if REHEARSAL else 151_936,
        max_position_embeddings=40_960,
        tie_word_embeddings=True,
        rms_norm_eps=1e-6,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )


MODELS = {"Qwen3-0.6B": qwen3(1024, 3072, 16, 28), "Qwen3-4B, 6 of its 36 blocks": qwen3(2560, 9728, 32, 6)}


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def seconds_of(run):
    wait()
    start = time.perf_counter()
    run()
    wait()
    return time.perf_counter() - start


def say(what, figure):
    print(f"{what:<56} {figure}", flush=True)


def prompt(n):
    half = LENGTH // 2
    return [(1 + n * 7 + i) % 60 for i in range(half)]


def measure(name, adapter):
    torch.manual_seed(0)
    if DEVICE == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    with torch.device(DEVICE):
        model = Qwen3ForCausalLM._from_config(MODELS[name], dtype=torch.bfloat16, attn_implementation="sdpa")
    if adapter:
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=2 if REHEARSAL else 32, target_modules=LAYERS))
    what = f"torch + transformers: {name}, {'LoRA, rank 32' if adapter else 'full'}"
    half = LENGTH // 2
    answer = [[(3 + n * 7 + i) % 60 for i in range(half)] for n in range(TRAINED)]
    rows = torch.tensor([prompt(n) + answer[n] for n in range(TRAINED)], device=DEVICE)
    model.train()
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-6, fused=True)

    def step():
        for part in rows.split(AT_ONCE):
            logits = model(input_ids=part[:, :-1], logits_to_keep=half, use_cache=False).logits
            losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), part[:, -half:].flatten(), reduction="sum")
            (1e-3 * losses).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    step()
    say(f"{what}: training", f"{TRAINED * LENGTH / seconds_of(step):.0f} tokens/s")
    if DEVICE == "cuda":
        say(f"{what}: memory of training", f"{torch.cuda.max_memory_allocated() / 1e9:.2f} GB")
    model.eval()
    model.gradient_checkpointing_disable()
    prompts = torch.tensor([prompt(n) for n in range(TRAINED) for _ in range(SAMPLED // TRAINED)], device=DEVICE)

    def draw():
        with torch.inference_mode():
            model.generate(
                input_ids=prompts,
                attention_mask=torch.ones_like(prompts),
                do_sample=True,
                temperature=1.0,
                top_k=0,
                top_p=1.0,
                max_new_tokens=ANSWER,
                min_new_tokens=ANSWER,
            )

    draw()
    say(f"{what}: sampling, prompts included", f"{SAMPLED * ANSWER / seconds_of(draw):.0f} tokens/s")


def main():
    print(f"torch {torch.__version__}, {'a processor' if REHEARSAL else torch.cuda.get_device_name()}")
    adapters = importlib.util.find_spec("peft") is not None
    for name in MODELS:
        measure(name, adapter=False)
        if adapters:
            measure(name, adapter=True)
    if not adapters:
        print("no adapters: there is no peft")


main()
