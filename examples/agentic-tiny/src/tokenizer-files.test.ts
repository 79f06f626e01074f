import { randomStream, type Renderer, type Sampler } from '@icrl/core'
import { chatRenderer, createTokenizer, type ChatTokenizer } from '@icrl/renderer'
import { multiTurn, runSessions, solveOnce } from '@icrl/rollout'
import { describe, expect, it } from 'vitest'
import { craftingEnvironment } from './crafting-environment.ts'
import { craftingPrompt } from './crafting-prompts.ts'
import { kitTasks, type KitTask } from './crafting-world.ts'
import { tokenizerConfigJson, tokenizerJson } from './tokenizer-files.ts'
import { SPECIAL, VOCABULARY } from './vocabulary.ts'

const tokenizer: ChatTokenizer = createTokenizer({
  tokenizer: tokenizerJson() as Record<string, unknown>,
  tokenizerConfig: tokenizerConfigJson() as Record<string, unknown>,
})
const exact = chatRenderer({ tokenizer })
/** Reads without blanks, so that what is read encodes to other ids than were sampled. */
const renderer: Renderer = { ...exact, text: (tokens) => exact.text(tokens).replaceAll(' ', '') }
const words = (text: string): string[] => Array.from(tokenizer.encode(text), (id) => VOCABULARY[id])
const ORDINARY = Array.from(VOCABULARY.keys()).slice(Object.keys(SPECIAL).length)

describe('the tokenizer', () => {
  it('has one id a word, sign or digit', () => {
    expect(new Set(VOCABULARY).size).toBe(VOCABULARY.length)
    expect(words('craft 12 rope using 2 hemp, 1 wax')).toEqual([
      'craft',
      '1',
      '2',
      'rope',
      'using',
      '2',
      'hemp',
      ',',
      '1',
      'wax',
    ])
    expect(
      words(
        "Could not find a valid recipe for ItemTagWithCount(item_tag=ItemTag(tag=None, item_id='minecraft:rope'), count=1)",
      ),
    ).toEqual([
      'Could',
      'not',
      'find',
      'a',
      'valid',
      'recipe',
      'for',
      "ItemTagWithCount(item_tag=ItemTag(tag=None,item_id='minecraft:",
      'rope',
      "'),count=",
      '1',
      ')',
    ])
    expect(words('Crafted 1 minecraft:rope_lens_tile_kit')).toEqual([
      'Crafted',
      '1',
      'minecraft:',
      'rope',
      '_',
      'lens',
      '_',
      'tile',
      '_',
      'kit',
    ])
  })

  it('spells what is no word, with blanks between the letters', () => {
    expect(words('roof')).toEqual(['r', 'o', 'o', 'f'])
    expect(tokenizer.decode(tokenizer.encode('roof'))).toBe('r o o f')
  })
})

/** Says tokens drawn from the whole vocabulary, at first after "get". */
const babbler: Sampler = {
  sample: async ({ draws, maxTokens }) => {
    const said = Array.from(
      { length: 1 + draws.integer(0, maxTokens - 1) },
      (_, t) => ORDINARY[draws.integer(t + 1, ORDINARY.length)],
    )
    const tokens = Int32Array.from([
      ...(draws.path.at(-1) === 0 ? [VOCABULARY.indexOf('get'), ...said.slice(1)] : said),
      VOCABULARY.indexOf(SPECIAL.end),
    ])
    return {
      tokens,
      logprobs: new Float32Array(tokens.length).fill(-1),
      finish: 'stop',
      version: '0',
    }
  },
}

describe('games of any tokens', () => {
  it('have an id for every piece of every answer, and keep what was sampled as it was', async () => {
    const tasks = kitTasks('test').slice(0, 20)
    const prompts: Int32Array[] = []
    const sampler: Sampler = {
      sample: (request) => (prompts.push(request.prompt), babbler.sample(request)),
    }
    const role = { renderer, sampling: { maxTokens: 20, temperature: 1 }, policy: 'shared' }
    const protocol = solveOnce(
      multiTurn<KitTask>({ environment: craftingEnvironment(), prompt: craftingPrompt }),
    )
    const results = await runSessions({
      protocol,
      tasks,
      sessions: 2,
      samplers: { solver: sampler },
      bindings: { solver: role },
      draw: { seed: 0, domain: 'train', step: 0 },
    })
    expect(results.every(({ failure }) => failure === undefined)).toBe(true)
    let [changed, continued] = [0, 0]
    for (const {
      samples: [sample],
    } of results) {
      const whole = [...sample.sampledUnder, ...sample.response]
      const own = prompts.filter((each) => each.every((id, t) => id === whole[t]))
      continued += own.filter(({ length }) => length > sample.sampledUnder.length).length
      const spoken = sample.response.filter((_, t) => sample.mask[t] === 1)
      expect(sample.behaviorLogprobs.every((value, t) => value === -sample.mask[t])).toBe(true)
      if (
        tokenizer.encode(renderer.text(spoken)).join() !==
        spoken.filter((id) => !tokenizer.isSpecial(id)).join()
      )
        changed++
    }
    // Had text been encoded again on the way, these would have been trained on ids nobody sampled.
    expect(changed).toBeGreaterThan(0)
    expect(continued).toBe(prompts.length - results.length)
  })

  it('covers what commands of random words are answered', async () => {
    const episode = await craftingEnvironment().open()
    await episode.reset(kitTasks('train')[0].id)
    for (let i = 0; i < 300; i++) {
      const draws = randomStream(i, 'words')
      const text = tokenizer.decode(
        Int32Array.from({ length: 8 }, (_, t) => ORDINARY[draws.integer(t, ORDINARY.length)]),
      )
      for (const command of [text, `get 1 ${text}`, `craft 1 ${text} using 1 ash`])
        expect(() => tokenizer.encode(command)).not.toThrow()
      const { observation } = await episode.step(`get 1 ${text}`)
      expect(tokenizer.encode(observation).length).toBeGreaterThan(0)
    }
    await episode.close()
  })
})
