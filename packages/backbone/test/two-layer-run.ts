import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawStream } from '@icrl/core'
import { initializeModel } from '../src/initialize-model.ts'
import { LocalPolicy, type LocalPolicyOptions } from '../src/local-policy.ts'
import { drawKey } from './draw-key.ts'
import { accumulate, slopedItem } from './sloped.ts'
import { tinyConfig } from './tiny-config.ts'

/** The ways to train of which the bytes are known (golden/two-layer-runs.json). */
export const RUNS: Readonly<Record<string, LocalPolicyOptions>> = {
  'all weights': {},
  'an adapter, activations computed again': { adapter: { rank: 2 }, keep: 'inputs' },
  'moments of eight bits': { optimizer: { moments: '8bit' } },
}

const config = tinyConfig()
const prompt = Int32Array.of(1, 2, 3)
const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex')

/**
 * Takes a model of two layers through two steps on the current backend: samples, scores, trains on
 * what was sampled, and saves. Returns the SHA-256 of each file, and of all that was seen on the
 * way.
 */
export async function twoLayerRun(options: LocalPolicyOptions): Promise<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'icrl-two-layers-'))
  try {
    const seen = await trainIn(directory, options)
    const files = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name, parentPath }) => [name, sha256(readFileSync(join(parentPath, name)))] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return { ...Object.fromEntries(files), seen: sha256(JSON.stringify(seen)) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function trainIn(directory: string, options: LocalPolicyOptions): Promise<unknown[]> {
  await using policy = new LocalPolicy(config, initializeModel(config, 0), options)
  const seen = await twoSteps(policy)
  await policy.save(directory)
  return seen
}

/** Two steps of a policy; returns samples, scores and figures of the updates. */
export async function twoSteps(policy: LocalPolicy): Promise<unknown[]> {
  const seen: unknown[] = []
  for (let step = 0; step < 2; step++) {
    const samples = await Promise.all(
      [0, 1, 2].map((session) =>
        policy.sample({
          prompt,
          maxTokens: 4 + 3 * session,
          temperature: 0.8,
          ...(session === 2 ? { topP: 0.9 } : {}),
          stop: [],
          draws: drawStream(drawKey(session, { step })),
        }),
      ),
    )
    const responses = samples.map(({ tokens }) => Int32Array.from(tokens))
    const scores = await policy.score(
      responses.map((response) => ({ prompt, response, temperature: 0.8 })),
      { entropy: true },
    )
    const items = responses.map((response, n) => {
      const slopes = Float32Array.from(response, (_, t) => ((n + 2 * t) % 5) - 1.5)
      return slopedItem(prompt, response, slopes, { temperature: 0.8, unit: String(n) })
    })
    await accumulate(policy, items, 0.05)
    // How much memory it takes is the backend's matter.
    const { peakBytes: _, ...stepped } = await policy.step({ learningRate: 1e-2, clipNorm: 1 })
    seen.push(samples, scores, stepped)
  }
  return seen
}
