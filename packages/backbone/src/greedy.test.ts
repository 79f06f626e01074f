import { drawStream } from '@icrl/core'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { sampleToken } from '@icrl/tfjs-ops'
import { beforeAll, describe, expect, it } from 'vitest'
import { drawKey } from '../test/draw-key.ts'
import { createDecoder } from './decoder.ts'
import { Inference } from './inference.ts'
import { loadModelFolder } from './load-model-folder.ts'
import { packItems } from './pack.ts'
import { forwardPack } from './score-pack.ts'
import { selectBackend } from './select-backend.ts'

interface GreedyCase {
  prompt: string
  promptIds: number[]
  tokens: number[]
  /** places where the two best logits of transformers are within 1e-4 */ ties: number[]
}

const cases: GreedyCase[] = JSON.parse(
  readFileSync(new URL('../test/golden/greedy.json', import.meta.url), 'utf8'),
)
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const folder = process.env.ICRL_TEST_MODEL ?? join(cache, 'icrl-models', 'smollm2')
const isNative = await selectBackend('native-cpu').then(
  () => true,
  () => false,
)

/** Prompts and answers as one pack, and the most likely token at every place of the answers. */
async function likeliest({ decoder }: Inference): Promise<number[][]> {
  const pack = packItems(
    cases.map(({ promptIds, tokens }) => ({
      prompt: Int32Array.from(promptIds),
      response: Int32Array.from(tokens),
      temperature: 1,
    })),
  )
  const scored = await forwardPack(decoder, pack, { keep: 'nothing', entropy: false })
  const rows = pack.chosen.length
  const options = {
    temperatures: new Float32Array(rows),
    uniforms: new Float64Array(rows),
    topK: new Int32Array(rows),
    topP: new Float32Array(rows).fill(1),
  }
  const found = await sampleToken(
    scored.pass.hidden,
    decoder.weights.head,
    options,
  ).ids.data<'int32'>()
  return cases.map((_, item) => [...found].filter((_, m) => pack.items[m] === item))
}

/** 135M parameters are too slow for plain JavaScript. */
describe.skipIf(!existsSync(join(folder, 'model.safetensors')) || !isNative)(
  'SmolLM2-135M-Instruct, greedily, against transformers',
  () => {
    let inference: Inference

    beforeAll(async () => {
      await selectBackend('native-cpu')
      const { config, parameters } = await loadModelFolder(folder)
      inference = new Inference(createDecoder(config, parameters), () => 'smollm2')
    }, 60_000)

    it(
      'would say each of 64 tokens after five prompts, ties apart',
      { timeout: 60_000 },
      async () => {
        const found = await likeliest(inference)
        cases.forEach(({ prompt, tokens, ties }, i) => {
          const parting = tokens.flatMap((token, t) =>
            token === found[i][t] || ties.includes(t) ? [] : [t],
          )
          expect(parting, prompt).toEqual([])
        })
      },
    )

    it('says them, token by token, up to a tie', { timeout: 120_000 }, async () => {
      const length = process.env.ICRL_FULL ? 64 : 6
      const found = await Promise.all(
        cases.map(({ promptIds }, i) =>
          inference.sample({
            prompt: Int32Array.from(promptIds),
            maxTokens: length,
            temperature: 0,
            stop: [],
            draws: drawStream(drawKey(i)),
          }),
        ),
      )
      found.forEach(({ tokens }, i) => {
        const parting = cases[i].tokens
          .slice(0, length)
          .findIndex((token, t) => token !== tokens[t])
        if (parting >= 0)
          expect(cases[i].ties, `${cases[i].prompt} parts at token ${parting}`).toContain(parting)
      })
    })
  },
)
