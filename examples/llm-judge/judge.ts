import type { QuestionTask, TextGenerator, Verifier } from '@icrl/core'
import { openAiGenerator } from '@icrl/rollout/openai'

/** A judge behind any OpenAI-compatible endpoint, at its best guess: temperature 0. */
export const judge: TextGenerator = openAiGenerator({
  baseUrl: process.env.JUDGE_URL ?? 'http://127.0.0.1:8200/v1',
  model: process.env.JUDGE_MODEL ?? 'icrl',
  ...(process.env.JUDGE_KEY !== undefined && { apiKey: process.env.JUDGE_KEY }),
})

/** What the judge answers to a question, asked once. */
const answers = new Map<string, Promise<string>>()

async function ask(question: string): Promise<string> {
  const settings = { maxTokens: 6, temperature: 0 }
  return (await judge.complete([{ role: 'user', content: question }], settings)).text
}

function answerOf(question: string): Promise<string> {
  const known = answers.get(question)
  if (known) return known
  const asked = ask(question)
  answers.set(question, asked)
  return asked
}

/**
 * 0 to 1: the share of words in which an answer agrees with the judge's own. A judge of this size
 * cannot be shown an answer and asked for a score, as one that reads English would be: put that
 * prompt here, and read the score from what it says.
 */
export async function scoreOf({ question }: QuestionTask, answer: string): Promise<number> {
  const own = (await answerOf(question)).split(' ')
  const said = answer.split(' ')
  return own.filter((word, i) => word === said[i]).length / own.length
}

/**
 * What is trained on is the judge's score alone. Whether the answer is right is only measured, as
 * success: it shows how far the judge can be trusted.
 */
export const judged: Verifier<QuestionTask> = async ({ text, task }) => ({
  reward: await scoreOf(task, text),
  valid: text !== '',
  success: text === task.answer,
})
