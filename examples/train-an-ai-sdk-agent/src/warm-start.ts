/**
 * Makes `model/`, which every run starts from: supervised imitation of a clerk who uses both tools,
 * looks for most items in the wrong department and follows advice, and of a critic who names the
 * right department two times in three. Ten minutes on one core; the result is committed.
 *
 *     npx tsx --conditions=@icrl/source examples/train-an-ai-sdk-agent/src/warm-start.ts
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  initializeModel,
  LocalPolicy,
  parseModelConfig,
  saveModelFolder,
  selectBackend,
} from '@icrl/backbone'
import { randomStream, type Task } from '@icrl/core'
import { sft } from '@icrl/recipes'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { train } from '@icrl/trainer'
import { modelConfig } from './model-config.ts'
import { DEMONSTRATIONS, shopTexts } from './teacher.ts'
import { tokenizerConfigJson, tokenizerJson, vocabularyOf } from './tokenizer-files.ts'

const [directory = fileURLToPath(new URL('../model/', import.meta.url)), steps = '1500'] =
  process.argv.slice(2)
const STEPS = Number(steps)
const PER_KIND = 32

const vocabulary = vocabularyOf(shopTexts())
const write = (name: string, content: object): Promise<void> =>
  writeFile(`${directory}/${name}`, `${JSON.stringify(content, null, 1)}\n`)
await mkdir(directory, { recursive: true })
await write('tokenizer.json', tokenizerJson(vocabulary))
await write('tokenizer_config.json', tokenizerConfigJson())
const renderer = chatRenderer({ tokenizer: await loadTokenizer(directory) })

/** One task for each place in a batch; what it demonstrates is drawn anew in each step. */
const kinds = Object.keys(DEMONSTRATIONS)
const tasks = kinds.flatMap((kind) =>
  Array.from({ length: PER_KIND }, (_, i) => ({ id: `${kind}-${i}`, kind })),
)
const { name: backend } = await selectBackend('auto')
console.log(
  `${backend}: ${STEPS} steps of ${tasks.length} demonstrations, ${vocabulary.length} tokens`,
)
const config = parseModelConfig(modelConfig(vocabulary), 'model-config.ts')
const parameters = initializeModel(config, 0)
await train<Task & { readonly kind: string }>({
  recipe: sft({
    demonstrate: ({ id, kind }, step) => [
      { ...DEMONSTRATIONS[kind](randomStream(0, 'warm-start', step, id), renderer), role: kind },
    ],
    tasksPerStep: tasks.length,
  }),
  policies: { shared: new LocalPolicy(config, parameters, { name: 'warm-start' }) },
  roles: {},
  tasks,
  seed: 0,
  stop: { steps: STEPS },
  optimizer: {
    learningRate: { peak: 3e-3, warmup: 40, decay: 'cosine', steps: STEPS },
    clipNorm: 1,
  },
  onStep: ({ step, metrics }) => {
    if (step % 50 === 0 || step === STEPS - 1)
      console.log(`step ${step}  ${metrics['policy/loss'].toFixed(4)} nats per token`)
  },
})
await saveModelFolder(directory, config, parameters)
console.log(`wrote ${directory}`)
