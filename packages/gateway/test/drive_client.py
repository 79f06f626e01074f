"""Drives Python's openai through two steps with a tool: drive_client.py BASE_URL API_KEY"""
import sys

from openai import OpenAI

client = OpenAI(base_url=sys.argv[1], api_key=sys.argv[2])
parameters = {"type": "object", "properties": {"name": {"type": "string"}}}
tools = [{"type": "function", "function": {"name": "lookup", "parameters": parameters}}]
messages = [{"role": "user", "content": "How old is Ann?"}]


def ask():
    return client.chat.completions.create(model="icrl", messages=messages, tools=tools).choices[0].message


first = ask()
messages.append(first)
messages.append({"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "31"})
print("ANSWER", ask().content)
