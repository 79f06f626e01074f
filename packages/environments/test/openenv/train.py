"""Two steps of TRL's GRPOTrainer on a world that is served: train.py OUTPUT

OUTPUT has world.py, the class of docs/openenv.md; WORLD_URL is the server's address. Standard input:
[{ id, actions }], ways to solve tasks. A tiny Qwen3 is first taught to play them, or to
look once and give up, so that its rewards differ and GRPO has something to learn from; a random one
would call no tool.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
import trl
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM
from transformers.utils import get_json_schema
from trl import GRPOConfig, GRPOTrainer
from trl.chat_template_utils import get_training_chat_template

OUTPUT = sys.argv[1]
TASKS = json.load(sys.stdin)

sys.path.insert(0, OUTPUT)
from world import World, tasks  # noqa: E402

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKS = ["<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>"]
PLAIN = {"enable_thinking": False}

torch.set_num_threads(1)
transformers.set_seed(0)


def call(message):
    function = {"name": "act", "arguments": {"message": message}}
    return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}


def play(world, task_id, actions):
    """A conversation that takes these actions."""
    messages = [{"role": "user", "content": world.reset(task_id)}]
    for action in actions:
        result = {"role": "tool", "name": "act", "content": world.act(action)}
        messages += [call(action), result]
    return [*messages, {"role": "assistant", "content": "Done."}]


def tokenizer_of(texts):
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=2000, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    bpe.add_tokens(MARKS)
    template = Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja"
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=template.read_text(),
    )


def teach(model, tokenizer, conversations, tools):
    """Supervised steps on what the assistant says, until it is known by heart.

    Ids are joined as TRL joins them: the prompt, what the model says, what follows a tool's answer;
    by TRL's template for training, which renders a message alike wherever it stands.
    """
    template = get_training_chat_template(tokenizer)

    def ids(messages, **kwargs):
        return tokenizer.apply_chat_template(
            messages,
            tools=tools,
            chat_template=template,
            tokenize=True,
            return_dict=False,
            **PLAIN,
            **kwargs,
        )

    def said_ids(message):
        calls = [json.dumps(each["function"]) for each in message.get("tool_calls", [])]
        text = "\n".join(f"<tool_call>\n{each}\n</tool_call>" for each in calls)
        return tokenizer.encode(message["content"] + text + tokenizer.eos_token)

    def answer_ids(message):
        before = [{"role": "user", "content": "dummy"}, call("dummy")]
        prefix, full = ids(before), ids([*before, message], add_generation_prompt=True)
        ends = [i for i, each in enumerate(prefix) if each == tokenizer.eos_token_id]
        assert full[: ends[-1] + 1] == prefix[: ends[-1] + 1], "what was said changes with what follows"
        return full[ends[-1] + 1 :]

    inputs, labels = [], []
    for question, *rest in conversations:
        whole = ids([question], add_generation_prompt=True)
        said = [-100] * len(whole)
        for message in rest:
            is_said = message["role"] == "assistant"
            piece = said_ids(message) if is_said else answer_ids(message)
            whole += piece
            said += piece if is_said else [-100] * len(piece)
        inputs.append(whole)
        labels.append(said)
    x, y = padded(inputs, tokenizer.pad_token_id), padded(labels, -100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    steps = 150
    decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.01, total_iters=steps)
    for _ in range(steps):
        loss = model(input_ids=x, labels=y).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        decay.step()
    print(f"taught {tuple(x.shape)} ids to a loss of {loss.item():.4f}", file=sys.stderr)


def padded(rows, value):
    """Rows of one length, filled on the right, where nothing looks back at it."""
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def main():
    world = World()
    conversations = []
    for task in TASKS:
        conversations.append(play(world, task["id"], task["actions"]))
        conversations.append(play(world, task["id"], ["inventory"]))
    tools = [get_json_schema(world.act)]
    tokenizer = tokenizer_of([json.dumps([conversations, tools], ensure_ascii=False)])
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=16,
            max_position_embeddings=4096,
            tie_word_embeddings=True,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    teach(model, tokenizer, conversations, tools)
    before = [weight.detach().clone() for weight in model.parameters()]
    missing = {task["id"] for task in TASKS} - set(tasks("train"))
    assert not missing, f"not among the server's tasks: {missing}"
    rows = [{"prompt": [{"role": "user", "content": ""}], "task_id": task["id"]} for task in TASKS]
    print("READY", flush=True)
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows),
        environment_factory=World,
        args=GRPOConfig(
            output_dir=OUTPUT,
            max_steps=2,
            per_device_train_batch_size=8,
            num_generations=8,
            max_completion_length=1024,
            max_tool_calling_iterations=12,
            learning_rate=1e-5,
            # Sharp, so that what was learned by heart is spelled right. To play or to give up was taught
            # as often as each other: there the odds stay even.
            temperature=0.4,
            chat_template_kwargs=PLAIN,
            bf16=False,
            use_cpu=True,
            save_strategy="no",
            logging_steps=1,
            report_to="none",
            seed=1,
        ),
    )
    trainer.train()
    moved = max(
        (new - old).abs().max().item() for new, old in zip(model.parameters(), before, strict=True)
    )
    json.dump({"moved": moved, "log": trainer.state.log_history}, sys.stdout)


main()
