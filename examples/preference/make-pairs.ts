/**
 * Writes pairs.jsonl: for each question the right answer, and one that the model itself gives and
 * that is wrong. In place of this you have pairs that people, or a judge, have chosen.
 *
 *     npx tsx --conditions=@icrl/source examples/preference/make-pairs.ts
 */
import { writeFileSync } from 'node:fs'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { randomStream, type QuestionTask } from '@icrl/core'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { readTasks } from 'icrl'

const here = import.meta.dirname
const model = `${here}/../quickstart/model`
const TRIES = 8

await selectBackend('auto')
await using policy = await loadLocalPolicy(model)
const renderer = chatRenderer({ tokenizer: await loadTokenizer(model) })

async function wrongAnswerTo({ id, question, answer }: QuestionTask): Promise<string | undefined> {
  const prompt = renderer.start([{ role: 'user', content: question }])
  for (let i = 0; i < TRIES; i++) {
    const draws = randomStream(0, 'pairs', id, i)
    const { tokens } = await policy.sample({
      prompt,
      draws,
      maxTokens: 6,
      temperature: 1,
      stop: renderer.stop,
    })
    const said = renderer.text(tokens)
    if (said !== answer && said !== '') return said
  }
  return undefined
}

const lines: string[] = []
for (const task of await readTasks(`${here}/../your-own-task/train.jsonl`)) {
  const other = await wrongAnswerTo(task)
  if (other !== undefined)
    lines.push(JSON.stringify({ question: task.question, preferred: task.answer, other }))
}
writeFileSync(`${here}/pairs.jsonl`, `${lines.join('\n')}\n`)
console.log(`${lines.length} pairs`)
