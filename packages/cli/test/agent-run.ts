/**
 * Trains an agent in a folder until it is done, resuming what is there: `agent-run.ts FOLDER`. The
 * agent asks twice, over HTTP, and takes its time.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { initializeModel, LocalPolicy, parseModelConfig, selectBackend } from '@icrl/backbone'
import { wordRenderer } from '@icrl/core/testing'
import type { AgentRun } from '@icrl/gateway'
import type { TrainResult } from '@icrl/trainer'
import { grpo } from '@icrl/recipes'
import { trainAgent } from '../src/index.ts'

export const STEPS = 8

const renderer = wordRenderer(['begin', 'then', 'left', 'right', 'up', 'down'])

interface Said {
  readonly role: string
  readonly content: string
}

async function ask({ baseURL, apiKey, fetch }: AgentRun, messages: readonly Said[]): Promise<Said> {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ messages, temperature: 0 }),
  })
  if (!response.ok) throw new Error(await response.text())
  return ((await response.json()) as { choices: [{ message: Said }] }).choices[0].message
}

/** Two turns: it should go left, then right. */
async function walk(run: AgentRun): Promise<readonly string[]> {
  const messages: Said[] = [{ role: 'user', content: 'begin' }]
  const first = await ask(run, messages)
  await pause(2)
  const second = await ask(run, [...messages, first, { role: 'user', content: 'then' }])
  return [first.content, second.content]
}

const config = parseModelConfig({
  model_type: 'qwen3',
  vocab_size: renderer.vocabularySize,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  max_position_embeddings: 32,
})

export function freshPolicy(): LocalPolicy {
  return new LocalPolicy(config, initializeModel(config, 0))
}

export async function agentRun(directory: string, http = false): Promise<TrainResult> {
  await selectBackend('cpu')
  await using policy = freshPolicy()
  return await trainAgent({
    agent: walk,
    reward: ([first, second]) => (Number(first === 'left') + Number(second === 'right')) / 2,
    policy,
    renderer,
    http,
    sampling: { maxTokens: 1, temperature: 1 },
    recipe: (attempt) => grpo({ attempt, tasksPerStep: 1, sessionsPerTask: 32 }),
    tasks: [{ id: 'walk' }],
    seed: 0,
    stop: { steps: STEPS },
    optimizer: { learningRate: 0.03 },
    directory,
    resume: true,
    checkpoints: { every: 2 },
  })
}

const [, started, directory] = process.argv
if (started?.endsWith('agent-run.ts')) await agentRun(directory, true)
